#pragma once

#include "attention/ops/attention_options.h"
#include "tensor/tensor.h"

namespace lectern {

/// What the forward pass leaves for the backward pass.
struct AttendResult {
  Tensor output;       ///< `[batch, query, d_model]`
  Tensor log_sum_exp;  ///< `[batch, head, query]`; infinity for a query that sees no key
};

/// The loss's derivatives by queries, keys and values, and by the widths of the bias.
struct AttendGradients {
  Tensor dq, dk, dv;
  Tensor d_widths{};  ///< `[head]`; undefined without a bias
};

/// Scaled dot-product attention of every head, without the matrix of scores.
///
/// \f[ o_i = \sum_j p_{ij} v_j, \qquad p_{ij} = e^{s_{ij} - \ell_i}, \qquad
///     s_{ij} = \frac{q_i \cdot k_j}{\sqrt{d_{head}}}, \qquad \ell_i = \log\sum_j e^{s_{ij}} \f]
///
/// Walks over the scores in tiles that fit the first-level cache and keeps, for each query, the
/// largest score so far and two sums relative to it. Where a larger one appears, the sums are
/// rescaled. So the result is exact, not an approximation. Tiles that the mask hides cost nothing.
/// \param q    `[batch, query, d_model]`; head h is columns `h·d_head … (h+1)·d_head`
/// \param k,v  `[batch, key, d_model]`, or of fewer heads (key_value_heads in attention_options.h):
///             then every group of query heads looks at one head of keys. They are read where they
///             are; only the backward pass holds dk and dv of every query head until it adds them up
///
/// bf16 tensors are multiplied by tensor cores where a GPU has them, otherwise in f32; either way
/// scores, sums and `log_sum_exp` are f32.
/// Errors: shapes, dtypes or options that do not fit (check_attention).
/// Cost: 4 · batch · query · key · d_model operations, half of it when causal; memory linear in
/// length, 2 · key · d_head numbers a thread.
/// Source: Milakov & Gimelshein 2018, "Online normalizer calculation for softmax"; Dao 2023,
/// "FlashAttention-2", section 3.1.
AttendResult attend_fused(const Tensor& q, const Tensor& k, const Tensor& v,
                          const AttentionOptions& options);

/// Calculates the probabilities again, tile by tile, from the scores and `log_sum_exp`:
///
/// \f[ \dot v_j = \sum_i p_{ij}\, \dot o_i, \qquad \dot p_{ij} = \dot o_i \cdot v_j, \qquad
///     \dot s_{ij} = p_{ij} (\dot p_{ij} - \dot o_i \cdot o_i), \qquad
///     \dot q_i = \frac{\sum_j \dot s_{ij}\, k_j}{\sqrt{d_{head}}}, \qquad
///     \dot k_j = \frac{\sum_i \dot s_{ij}\, q_i}{\sqrt{d_{head}}} \f]
///
/// \f$ \dot o_i \cdot o_i \f$ is softmax's \f$ \sum_j p_{ij} \dot p_{ij} \f$, at the cost of one
/// row. Everything is added up in a fixed order: the same bits every time.
/// Cost: 10 · batch · query · key · d_model operations.
/// Source: FlashAttention-2, section 3.2.
AttendGradients attend_fused_backward(const Tensor& q, const Tensor& k, const Tensor& v,
                                      const AttendResult& result, const Tensor& d_output,
                                      const AttentionOptions& options);

}  // namespace lectern
