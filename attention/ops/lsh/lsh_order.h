#pragma once

#include "attention/mask.h"
#include "attention/ops/lsh/lsh_options.h"
#include "attention/ops/lsh/lsh_reach.h"
#include "tensor/tensor.h"

namespace lectern {

/// Who meets whom in every round: what LSH attention keeps from the forward to the backward pass,
/// so that nothing is hashed twice. `2 · round · length` integers a head.
struct LshOrder {
  Tensor tokens;   ///< i32 `[batch, head, round, position]`: the token at each sorted position
  Tensor places;   ///< i32 `[batch, head, round, token]`: see LshReach
  Tensor lengths;  ///< i32 `[batch]`: the first tokens, and positions, are real; undefined: all
  LshReach reach;
};

/// Sorts the tokens of every round by bucket and, within a bucket, by time. Padding, in the last
/// bucket, comes last. Rounds do not touch: the first chunk of a round has none before it.
/// \param buckets       i32 `[batch, head, round, length]`, each from 0 to `bucket_count`
/// \param bucket_count  the number of buckets without that of the padding
/// Cost: linear in length and buckets: a counting sort, which needs no key that could overflow.
LshOrder lsh_order(const Tensor& buckets, std::int64_t bucket_count, const LshOptions& options,
                   const Mask& mask);

/// One round in which every pair meets, causal pairs only where the mask says so: exact attention
/// with shared queries and keys.
LshOrder exact_order(std::int64_t batch, std::int64_t heads, std::int64_t length, const Mask& mask,
                     Device device);

}  // namespace lectern
