#pragma once

#include <vector>

#include "tasks/config/command_line.h"

namespace lectern {

/// `--product`: who multiplies matrices on a CPU; and doing what it says.
Flag product_flag();
void choose_product(const Arguments& arguments);

/// A command that runs a model: `command` with the flags of its configuration (see config_flags) and
/// with `--by-definition` (see ByDefinition) and `--product` (see MatmulEngine), which it obeys while it runs.
Command model_command(Command command, std::vector<Flag> settings);

/// The settings of a command that lets a language model write: how tokens are drawn, and where.
std::vector<Flag> writing_settings();

}  // namespace lectern
