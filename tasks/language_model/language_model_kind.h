#pragma once

#include "models/language_model.h"
#include "tasks/task/task_kind.h"

namespace lectern {

/// Learning to predict the next byte of a text; measured in bits per byte.
TaskKind language_model_kind();

/// The model of a checkpoint, ready to be used, as `config` describes it: its own configuration, in
/// which what has no weights may be set otherwise. Throws Failure(usage) where it learned another
/// task, Failure(checkpoint) where the weights do not fit.
LanguageModel load_language_model(const Checkpoint& checkpoint, const Config& config);

}  // namespace lectern
