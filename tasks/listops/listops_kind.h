#pragma once

#include "tasks/task/task_kind.h"

namespace lectern {

/// Learning the value of nested expressions; measured by accuracy.
TaskKind listops_kind();

}  // namespace lectern
