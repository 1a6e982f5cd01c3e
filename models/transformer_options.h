#pragma once

#include <cstdint>
#include <vector>

#include "models/sequence_encoder.h"
#include "models/tied_embeddings.h"

namespace lectern {

/// The size of a Transformer. The names are PyTorch's.
struct TransformerOptions {
  std::int64_t source_vocab = 0;
  std::int64_t target_vocab = 0;
  std::int64_t d_model = 512;
  int nhead = 8;
  int num_key_value_heads = 0;  ///< see MultiHeadAttention::Options
  int num_encoder_layers = 6;
  int num_decoder_layers = 6;
  std::int64_t dim_feedforward = 2048;
  double dropout = 0.1;
  double attention_dropout = 0.1;
  double attention_scale = 0;  ///< see MultiHeadAttention::Options
  Activation activation = Activation::relu;
  bool norm_first = true;
  double layer_norm_eps = 1e-5;  ///< see LayerNorm
  /// Two residual streams that need not be remembered for the backward pass; needs norm_first.
  bool reversible = false;
  std::int64_t feed_forward_chunk = 0;  ///< see LayerOptions
  EmbeddingOptions embedding = {};
  PositionKind positions = PositionKind::sinusoidal;
  std::int64_t max_length = 512;  ///< longest sequence, in tokens
  TiedEmbeddings tie_embeddings = TiedEmbeddings::none;
  /// Self-attention of the encoder, layer after layer, from the first again when they end. The
  /// decoder looks exactly: at the source, where queries and keys differ, and at what it has said.
  std::vector<PatternOptions> attention = {{}};

  LayerOptions layer() const {
    return {.d_model = d_model,
            .nhead = nhead,
            .num_key_value_heads = num_key_value_heads,
            .dim_feedforward = dim_feedforward,
            .dropout = dropout,
            .attention_dropout = attention_dropout,
            .attention_scale = attention_scale,
            .activation = activation,
            .norm_first = norm_first,
            .layer_norm_eps = layer_norm_eps,
            .feed_forward_chunk = feed_forward_chunk};
  }
  SequenceEncoderOptions encoder() const {
    return {.vocab = source_vocab,
            .layer = layer(),
            .num_layers = num_encoder_layers,
            .attention = attention,
            .reversible = reversible,
            .causal = false,
            .embedding = embedding,
            .positions = positions,
            .max_length = max_length};
  }
};

}  // namespace lectern
