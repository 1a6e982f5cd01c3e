#pragma once

#include "attention/pattern.h"

namespace lectern {

/// \defgroup linear_attention Linear attention
/// Attention whose cost grows with the length, not with its square: instead of the exponential of
/// q·k, the product of features φ(q)·φ(k). The formulas stand in attention/ops/linear/attend_linear.h;
/// shapes, and what is thrown, as for \ref scaled_dot_product. Source: Katharopoulos et al. 2020,
/// "Transformers are RNNs: Fast Autoregressive Transformers with Linear Attention".
/// @{

/// One record, with kernels that carry sums along the sequence.
Variable attend_linear(const Variable& q, const Variable& k, const Variable& v,
                       const AttentionOptions& options);

/// The definition: all pairs' weights φ(q)·φ(k), those of hidden pairs made zero, divided by their
/// sum. Cost: memory for several matrices `[batch, head, query, key]`.
Variable attend_linear_by_definition(const Variable& q, const Variable& k, const Variable& v,
                                     const AttentionOptions& options);

/// Linear attention as a pattern of MultiHeadAttention. It goes on one token at a time with a
/// memory of constant size, d_head² + d_head numbers a head: a recurrent network.
class LinearAttention : public AttentionPattern {
 public:
  Variable operator()(const ProjectedTokens& tokens,
                      const AttentionOptions& options) const override;
  Tensor weights(const ProjectedTokens& tokens, const AttentionOptions& options) const override;
  bool is_causal() const override { return true; }
  std::unique_ptr<KeyValueCache> start(int heads, std::int64_t length) const override;
};
/// @}

}  // namespace lectern
