#pragma once

#include "tasks/config/command_line.h"
#include "tasks/task/trained_run.h"

namespace lectern {

/// `lectern attention RUN [TEXT]` for a task that does not translate: the attention of one example,
/// which is TEXT or the first of the test data.
int show_example(const Arguments& arguments, const TrainedRun& run);

}  // namespace lectern
