#pragma once

#include <cmath>

#include "attention/mask.h"
#include "tensor/random.h"

namespace lectern {

/// Something added to every score that depends on the distance to the key and on one number of the
/// head: how far it looks. That number is learned; see attention/learned_window.h and
/// attention/adaptive_span.h.
struct DistanceBias {
  enum class Shape {
    bell,  ///< −x²/(2σ²): keys count less, the farther they are
    span   ///< ln clamp((ramp + z − x)/ramp, 0, 1): keys count fully up to z, then less and less
  };
  Shape shape = Shape::bell;
  Tensor widths{};   ///< `[head]`, σ or z; f64 for attention in f64, else f32. Undefined: no bias
  double ramp = 32;  ///< of a span
};

/// What attention needs to know beside its queries, keys and values.
struct AttentionOptions {
  int heads = 1;  ///< must divide d_model
  Mask mask{};
  double dropout = 0;  ///< probability that a weight is dropped; 0 outside training
  RandomKey key{};     ///< whose element (batch, head, query, key) decides about a weight
  double scale = 0;    ///< what scores are multiplied by; 0: 1/√d_head
  DistanceBias bias{};
};

/// The factor between q·k and a score.
inline double score_scale(const AttentionOptions& options, std::int64_t d_head) {
  return options.scale != 0 ? options.scale : 1 / std::sqrt(static_cast<double>(d_head));
}

/// How many heads keys and values have: as many as the queries, or fewer, each of which serves a
/// group of query heads that lie side by side (grouped-query attention). Their width tells it.
/// \param d_keys  width of the keys, d_model or less
/// Throws unless heads of d_model / heads numbers fill it and divide `heads` into equal groups.
std::int64_t key_value_heads(std::int64_t d_model, std::int64_t d_keys, std::int64_t heads);

/// Throws unless the shapes fit each other and the options: q `[batch, query, d_model]`, k and v
/// `[batch, key, d_model]` or of fewer heads, `heads` dividing d_model, dropout in [0, 1), a mask for
/// this batch.
void check_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                     const AttentionOptions& options);

/// Throws where the options have a bias: `kind` of attention has no scores that it could be added
/// to, or does not add it.
void check_no_bias(const AttentionOptions& options, const char* kind);

}  // namespace lectern
