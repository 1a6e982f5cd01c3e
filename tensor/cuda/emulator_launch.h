#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tensor/cuda/emulator.h"

namespace lectern::emulator {

// What goes on around a launch.

/// `(1,0,0)`
std::string show(const uint3& index);

/// Throws when no GPU would run so many threads, or with so much shared memory.
void check_limits(const Launch& launch);

/// The numbers 0 … count−1 in the order in which threads or blocks begin: the environment variable
/// LECTERN_EMULATOR_ORDER is `forward`, `backward`, or a number that shuffles.
void arrange(std::vector<unsigned>& numbers, std::size_t count);

/// Remembers that the kernel was started. When the environment variable LECTERN_EMULATOR_LOG names
/// a file, the kernels' names are added to it at the end of the program, one a line.
void note_launch(const char* kernel);

/// While one exists, submitted work is kept and not done: a graph that is being captured.
class Recording {
 public:
  explicit Recording(std::vector<std::function<void()>>& work);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  static bool in_progress();
};

}  // namespace lectern::emulator
