#pragma once

#include "tasks/config/command_line.h"

namespace lectern {

/// `lectern inspect RUN --step`: records the next training step of a run on its own data, without
/// changing anything of the run, writes its page and prints its sums.
int show_step(const Arguments& arguments);

}  // namespace lectern
