#pragma once

#include <vector>

#include "tasks/config/command_line.h"

namespace lectern {

/// A command that runs a model: `command` with the flags of its configuration (see config_flags) and
/// with `--by-definition`, which it obeys while it runs (see ByDefinition).
Command model_command(Command command, std::vector<Flag> settings);

/// The settings of a command that lets a language model write: how tokens are drawn, and where.
std::vector<Flag> writing_settings();

}  // namespace lectern
