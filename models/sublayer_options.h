#pragma once

#include "attention/multi_head.h"
#include "models/residual.h"
#include "models/transformer_options.h"

namespace lectern {

/// What a Transformer's options mean for the parts of its layers.
inline MultiHeadAttention::Options attention_options(const TransformerOptions& options) {
  return {.d_model = options.d_model,
          .heads = options.nhead,
          .dropout = options.attention_dropout};
}

inline FeedForward::Options feed_forward_options(const TransformerOptions& options) {
  return {.d_model = options.d_model,
          .d_ff = options.dim_feedforward,
          .activation = options.activation,
          .dropout = options.dropout};
}

inline Residual::Options residual_options(const TransformerOptions& options) {
  return {.d_model = options.d_model,
          .dropout = options.dropout,
          .norm_first = options.norm_first};
}

}  // namespace lectern
