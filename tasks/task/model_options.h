#pragma once

#include "models/sequence_encoder.h"
#include "tasks/config/settings.h"

namespace lectern {

// What the table [model] of a configuration means for the parts of a model.

/// The patterns of the layers, in turn.
EmbeddingOptions embedding_options(const Config& config);
std::vector<PatternOptions> pattern_options(const Config& config, bool causal);

/// A stack of layers that looks at one sequence: the one place where its configuration becomes
/// options.
SequenceEncoderOptions sequence_encoder_options(const Config& config, std::int64_t vocab,
                                                bool causal);
/// For the check of a task whose model reads from left to right: refuses a pattern that has no causal
/// form.
void check_causal_patterns(const Settings& settings);

}  // namespace lectern
