#pragma once

#include "tasks/task/task_kind.h"

namespace lectern {

/// Learning to correct English sentences; measured by GLEU.
TaskKind grammar_kind();

}  // namespace lectern
