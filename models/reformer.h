#pragma once

#include "models/language_model.h"
#include "models/transformer.h"

namespace lectern {

/// \defgroup reformer The Reformer
/// A Transformer with four parts exchanged (Kitaev et al. 2020, "Reformer: The Efficient
/// Transformer"), so that a sequence of tens of thousands of tokens fits into memory:
///
/// | the Transformer has | the Reformer | where |
/// |---|---|---|
/// | attention of all pairs | LSH attention, in some layers a window | attention/lsh.h,
/// attention/window.h | | one residual sum, remembered | two, recalculated | reversible/stack.h |
/// | a feed-forward network for all positions at once | for a few at a time | reversible/chunks.h |
/// | a vector for every position | one for its row and one for its column | nn/positions.h |
///
/// There is no class of that name: these functions choose the options, and each choice can be made,
/// or left, alone.
/// @{
struct ReformerOptions {
  std::int64_t vocab = 0;
  LayerOptions layer{.norm_first = true, .feed_forward_chunk = 512};
  int num_layers = 6;
  /// The patterns of attention, layer after layer, from the first again when they end.
  std::vector<std::string> attention = {"window", "lsh"};
  LshOptions lsh{};
  std::int64_t window = 128;        ///< keys to each side, in layers with a window
  std::int64_t max_length = 65536;  ///< longest sequence, in tokens
};

/// A stack that looks at one sequence.
SequenceEncoderOptions reformer_encoder(const ReformerOptions& options, bool causal);
/// A decoder-only language model.
LanguageModel::Options reformer_language_model(const ReformerOptions& options);
/// An encoder and a decoder with one vocabulary; the decoder looks exactly, at the source as well,
/// where queries and keys come from two sequences and have nothing to share.
TransformerOptions reformer_encoder_decoder(const ReformerOptions& options);
/// @}

}  // namespace lectern
