#pragma once

#include "models/masked_lm.h"
#include "tasks/config/config.h"
#include "tasks/language_model/masked_task.h"
#include "tasks/task/model_options.h"
#include "tasks/weights/family.h"

namespace lectern {

// What DistilBERT and BERT have in common.

/// The configuration of a task that hides words, for a model that reads `max_length` tokens and knows
/// `vocab` of them.
inline Config masked_language_model_config(std::int64_t max_length, std::int64_t vocab) {
  Config config;
  MaskedLanguageModelSettings settings;
  settings.length = std::min(settings.length, max_length);
  config.task = {"masked_language_model", settings};
  config.tokenizer.vocab_size = vocab;
  config.model.max_length = max_length;
  config.model.norm_first = false;
  config.model.scale_embedding = false;
  config.model.positions = PositionKind::learned;
  config.train.valid_metric = "loss";
  return config;
}

inline std::unique_ptr<Module> make_masked_language_model(const Config& config,
                                                          std::int64_t vocab) {
  Initializer init = Initializer::blank();
  const MaskedLanguageModel::Options options{
      .encoder = sequence_encoder_options(config, vocab, /*causal=*/false)};
  return std::make_unique<MaskedLanguageModel>(options, init);
}

}  // namespace lectern
