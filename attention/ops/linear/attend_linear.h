#pragma once

#include "attention/ops/fused/attend_fused.h"

namespace lectern {

/// What the forward pass leaves for the backward pass.
struct AttendLinearResult {
  Tensor output;       ///< `[batch, query, d_model]`
  Tensor normalizers;  ///< `[batch, head, query]`: the sums of weights, with the small number added
};

/// Added to every sum of weights, so that a query that sees no key gets zeros.
constexpr double linear_normalizer_minimum = 1e-6;

/// Tokens of a tile, inside which the CPU's causal kernel multiplies pairs.
constexpr std::int64_t linear_tile = 48;

/// Linear attention: the weight of a key is a product of features instead of an exponential, so the
/// sum over the keys can be taken first, and once.
///
/// \f[ o_i = \frac{\phi(q_i)\, S_i}{\phi(q_i) \cdot z_i + 10^{-6}}, \qquad
///     S_i = \sum_{j \le i} \phi(k_j)^\top v_j, \qquad z_i = \sum_{j \le i} \phi(k_j), \qquad
///     \phi(x) = \mathrm{elu}(x) + 1 = \begin{cases} x + 1 & x > 0 \\ e^x & x \le 0 \end{cases} \f]
///
/// for every head. Without a causal mask the sums run over all keys. A padded key has the features
/// zero. Causal attention goes through the sequence in tiles: inside a tile it multiplies the
/// pairs, what came before it carries along as S and z. Sums of bf16 tensors are kept in f32.
/// \param q        `[batch, query, d_model]`; head h is columns `h·d_head … (h+1)·d_head`
/// \param k,v      `[batch, key, d_model]`
/// \param options  heads and mask; weights that are never made cannot be dropped or scaled
///
/// Errors: as check_attention; dropout or a scale; a causal mask with fewer queries than keys.
/// Cost: 4 · batch · length · d_model · (d_head + linear_tile, if causal) operations; memory linear in
/// length: on a CPU, d_head² numbers a thread, on a GPU that much for every 32 tokens.
/// Source: Katharopoulos et al. 2020, "Transformers are RNNs", sections 3.2 to 3.4.
AttendLinearResult attend_linear(const Tensor& q, const Tensor& k, const Tensor& v,
                                 const AttentionOptions& options);

/// Throws unless the arguments are what linear attention takes.
void check_linear(const Tensor& q, const Tensor& k, const Tensor& v,
                  const AttentionOptions& options);

/// With the normalizer \f$ D_i \f$, and
/// \f$ \dot n_i = \dot o_i / D_i, \; \dot D_i = -\dot o_i \cdot o_i / D_i \f$:
///
/// \f[ \dot\phi(q_i) = S_i \dot n_i + z_i \dot D_i, \qquad
///     R_j = \sum_{i \ge j} \phi(q_i)^\top \dot n_i, \quad r_j = \sum_{i \ge j} \phi(q_i) \dot D_i,
///     \qquad \dot\phi(k_j) = R_j v_j + r_j, \qquad \dot v_j = R_j^\top \phi(k_j) \f]
///
/// and \f$ \phi'(x) = \min(\phi(x), 1) \f$. S and z are carried forward once more for the queries;
/// R and r are carried backward for keys and values. So no state of the forward pass is kept.
/// Cost: 14 · batch · length · d_model · (d_head + 48) operations at most.
AttendGradients attend_linear_backward(const Tensor& q, const Tensor& k, const Tensor& v,
                                       const AttendLinearResult& result, const Tensor& d_output,
                                       const AttentionOptions& options);

}  // namespace lectern
