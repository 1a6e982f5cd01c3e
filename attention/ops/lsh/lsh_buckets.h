#pragma once

#include "attention/mask.h"
#include "attention/ops/lsh/lsh_options.h"
#include "tensor/random.h"

namespace lectern {

/// Random directions for every head and round, normal numbers drawn on the host.
/// \param like  queries `[batch, head, length, d_head]`
/// \return      `[head, round, direction, d_head]`
Tensor lsh_directions(const Tensor& like, BucketFactors factors, int rounds, RandomKey key);

/// In which bucket every query falls: that of the direction, or opposite direction, closest to it.
///
/// \f[ h(q) = \mathrm{argmax}\,[q R;\, -q R] \f]
///
/// With two factors this is done twice, with directions of each, and h = h₁ + f₁·h₂. The length of
/// q does not matter. What the key lengths call padding falls in one more bucket,
/// `factors.count()`.
///
/// \param q           `[batch, head, length, d_head]`
/// \param directions  `[head, round, direction, d_head]`
/// \return            i32 `[batch, head, round, length]`
///
/// Cost: 2 · batch · head · round · length · direction · d_head operations; no projections are
/// stored.
///
/// Source: Andoni et al. 2015, "Practical and Optimal LSH for Angular Distance"; Reformer, section
/// 2.
Tensor lsh_buckets(const Tensor& q, const Tensor& directions, BucketFactors factors,
                   const Mask& mask);

}  // namespace lectern
