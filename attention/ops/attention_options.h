#pragma once

#include <cmath>

#include "attention/mask.h"
#include "tensor/random.h"

namespace lectern {

/// What attention needs to know beside its queries, keys and values.
struct AttentionOptions {
  int heads = 1;  ///< must divide d_model
  Mask mask{};
  double dropout = 0;  ///< probability that a weight is dropped; 0 outside training
  RandomKey key{};     ///< whose element (batch, head, query, key) decides about a weight
  double scale = 0;    ///< what scores are multiplied by; 0: 1/√d_head
};

/// The factor between q·k and a score.
inline double score_scale(const AttentionOptions& options, std::int64_t d_head) {
  return options.scale != 0 ? options.scale : 1 / std::sqrt(static_cast<double>(d_head));
}

/// Throws unless the shapes fit each other and the options: q `[batch, query, d_model]`, k and v
/// `[batch, key, d_model]`, `heads` dividing d_model, dropout in [0, 1), a mask for this batch.
void check_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                     const AttentionOptions& options);

}  // namespace lectern
