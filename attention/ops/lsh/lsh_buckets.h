#pragma once

#include "attention/mask.h"
#include "attention/ops/lsh/lsh_options.h"
#include "tensor/random.h"

namespace lectern {

/// Random directions for every head and round, normal numbers drawn on the host: as many as the
/// longest sequence may need. Each is a function of the key and its own indices, so that there are
/// the same first ones however many are drawn.
/// \param like  queries `[batch, head, length, d_head]`
/// \return      `[head, round, direction, d_head]`
Tensor lsh_directions(const Tensor& like, const LshOptions& lsh, RandomKey key);

/// In which bucket every query falls: that of the direction, or opposite direction, closest to it.
///
/// \f[ h(q) = \mathrm{argmax}\,[q R;\, -q R] \f]
///
/// With two factors this is done twice, with directions of each, and h = h₁ + f₁·h₂. The length of
/// the vector q does not matter. A sequence has as many buckets as its own tokens need
/// (bucket_factors), however long others in the batch are; what the key lengths call padding falls
/// in one more bucket than the longest could have, `bucket_factors(lsh, length).count()`.
///
/// \param q           `[batch, head, length, d_head]`
/// \param directions  `[head, round, direction, d_head]`; a sequence takes the first ones
/// \return            i32 `[batch, head, round, length]`
///
/// Cost: 2 · batch · head · round · length · direction · d_head operations; no projections are
/// stored.
///
/// Source: Andoni et al. 2015, "Practical and Optimal LSH for Angular Distance"; Reformer, section
/// 2.
Tensor lsh_buckets(const Tensor& q, const Tensor& directions, const LshOptions& lsh,
                   const Mask& mask);

}  // namespace lectern
