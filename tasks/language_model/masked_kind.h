#pragma once

#include "models/masked_lm.h"
#include "tasks/task/task_kind.h"

namespace lectern {

/// Learning to tell hidden tokens of a text from both sides. Measured in pseudo-perplexity, which is
/// no perplexity, and in how many are told.
TaskKind masked_language_model_kind();

}  // namespace lectern
