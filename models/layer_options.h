#pragma once

#include <cstdint>

#include "attention/multi_head.h"
#include "models/chunked_feed_forward.h"
#include "models/residual.h"
#include "models/reversible_layers.h"

namespace lectern {

/// The size of one layer of a model. The names are PyTorch's.
struct LayerOptions {
  std::int64_t d_model = 512;
  int nhead = 8;
  int num_key_value_heads = 0;  ///< see MultiHeadAttention::Options
  std::int64_t dim_feedforward = 2048;
  double dropout = 0.1;
  double attention_dropout = 0.1;
  double attention_scale = 0;  ///< see MultiHeadAttention::Options
  Activation activation = Activation::relu;
  bool norm_first = true;
  double layer_norm_eps = 1e-5;  ///< see LayerNorm
  /// Above 0: the feed-forward network takes so many positions at a time, forward and backward.
  std::int64_t feed_forward_chunk = 0;

  // What it means for the parts of a layer.
  MultiHeadAttention::Options attention() const {
    return {.d_model = d_model,
            .heads = nhead,
            .key_value_heads = num_key_value_heads,
            .dropout = attention_dropout,
            .scale = attention_scale};
  }
  FeedForward::Options feed_forward() const {
    return {
        .d_model = d_model, .d_ff = dim_feedforward, .activation = activation, .dropout = dropout};
  }
  Residual::Options residual() const {
    return {.d_model = d_model,
            .dropout = dropout,
            .norm_first = norm_first,
            .layer_norm_eps = layer_norm_eps};
  }
};

}  // namespace lectern
