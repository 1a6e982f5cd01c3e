#pragma once

#include <string>
#include <vector>

#include "tasks/config/command_line.h"
#include "tensor/device.h"

namespace lectern {

/// Makes a device the default one: what the library makes from now on lies there.
/// \param wish   `auto`: a GPU, or else the CPU, which a build for GPUs says on standard error; `cpu`;
///               `cuda`: a GPU; `cuda:N`
/// \param which  of the GPUs, where `wish` leaves it open: 0 is the first. Where there are fewer they are
///               counted round: a launcher may show each process only its own.
/// \throws Failure (ExitCode::usage) with the driver's own words when there is no such GPU
void use_device(const std::string& wish, int which = 0);

/// The same with what `--device` says, `auto` without it: a model may be used on another device
/// than it was trained on.
void use_device(const Arguments& arguments);

/// One line for every device that can be used, or why a GPU cannot.
std::vector<std::string> known_devices();

/// The processor and how many threads it lends: "AMD EPYC, 2 threads".
std::string machine_text();

}  // namespace lectern
