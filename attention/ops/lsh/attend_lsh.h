#pragma once

#include "attention/ops/fused/attend_fused.h"
#include "attention/ops/lsh/lsh_order.h"

namespace lectern {

/// Attention of every query to the keys that some round lets it meet, in one pass over the rounds.
///
/// \f[ o_i = \sum_{j \in C_i} p_{ij} v_j, \qquad p_{ij} = e^{s_{ij} - \ell_i}, \qquad
///     s_{ij} = q_i \cdot k_j, \qquad \ell_i = \log \sum_{j \in C_i} e^{s_{ij}}, \qquad
///     k_j = \frac{q_j}{\sqrt{d_{head}} \sqrt{\mathrm{mean}(q_j^2) + 10^{-6}}} \f]
///
/// Keys are the queries at length one, and a score is not divided by anything: the length of a
/// query is its temperature, which is learnt. C_i is the union of what i meets in the rounds: a
/// pair that met before is passed over, which takes one comparison of places for each earlier round
/// (or, with `reach.once` false, counts again). Rounds are merged as tiles of keys are in
/// attend_fused, by the largest score so far and two sums: nothing is kept for a round. A token
/// that meets nobody in any round looks at itself, and only then. Padding sees nothing and gets
/// zeros.
///
/// \param q,v      `[batch, head, length, d_head]`
/// \param order    which pairs attend; what the mask hides is hidden there
/// \param options  of these only the dropout and its key
/// \return         the output like q, and log_sum_exp `[batch, head, length]`: infinity for a token
///                 that looks at nobody or only at itself
///
/// Cost: 8 · chunk · round · batch · head · length · d_head operations when causal; memory linear
/// in length.
///
/// Source: Kitaev et al. 2020, "Reformer", section 2 and appendix A.
AttendResult attend_lsh(const Tensor& q, const Tensor& v, const LshOrder& order,
                        const AttentionOptions& options);

/// The loss's derivatives by queries, in both their roles, and by values.
struct AttendLshGradients {
  Tensor dq, dv;
};

/// The derivatives of attend_fused.h for the pairs that met, and through the length of a key, with
/// \f$ k_j = f_j q_j \f$:
///
/// \f[ \dot q_j \mathrel{+}= f_j \, (\dot k_j - k_j \, (k_j \cdot \dot k_j)) \f]
///
/// Nothing flows through hashes and sorting.
/// Cost: 5/2 of the forward pass.
AttendLshGradients attend_lsh_backward(const Tensor& q, const Tensor& v, const LshOrder& order,
                                       const AttendResult& result, const Tensor& d_output,
                                       const AttentionOptions& options);

}  // namespace lectern
