#pragma once

#include <memory>

#include "models/causal_language_model.h"
#include "tasks/task/task_kind.h"
#include "tasks/text/tokenizer.h"

namespace lectern {

/// Learning to predict the next token of a text: a byte, a subword or a word. Measured in perplexity,
/// and in bits per byte where every text can be spelled.
TaskKind language_model_kind();

/// What `lectern generate` needs of a run.
struct TrainedLanguageModel {
  std::unique_ptr<CausalLanguageModel> model;  ///< ready to be used
  std::shared_ptr<const Tokenizer> tokenizer;  ///< null: bytes
};

/// The model of a checkpoint as `config` describes it: its own configuration, in which what has no
/// weights may be set otherwise. Throws Failure(usage) where it learned another task,
/// Failure(checkpoint) where the weights do not fit.
TrainedLanguageModel load_language_model(const Checkpoint& checkpoint, const Config& config);

}  // namespace lectern
