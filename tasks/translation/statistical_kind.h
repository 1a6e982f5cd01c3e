#pragma once

#include "tasks/task/task_kind.h"

namespace lectern {

/// Translation before attention: rules, or the noisy channel behind IBM Model 1 or a hidden Markov
/// aligner. Learned by counting, within seconds; measured as the task `translation` is.
TaskKind statistical_kind();

}  // namespace lectern
