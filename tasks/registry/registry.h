#pragma once

#include "tasks/task/task_kind.h"

namespace lectern {

/// The task that a configuration names.
const TaskKind& task_kind(const Config& config);

}  // namespace lectern
