#pragma once

#include "attention/mask.h"
#include "attention/ops/lsh/lsh_options.h"
#include "attention/ops/lsh/lsh_reach.h"
#include "tensor/tensor.h"

namespace lectern {

/// Which pairs attend in every round: what LSH attention keeps from forward to backward pass,
/// so that nothing is hashed twice. `2 · round · length` integers a head.
struct LshOrder {
  Tensor tokens;   ///< i32 `[batch, head, round, position]`: the token at each sorted position
  Tensor places;   ///< i32 `[batch, head, round, token]`: see LshReach
  Tensor lengths;  ///< i32 `[batch]`: the first tokens, and positions, are real; undefined: all
  LshReaches reach;
};

/// Sorts the tokens of every round by bucket and, within a bucket, by time. Padding, in the last
/// bucket, comes last. Rounds do not touch: the first chunk of a round has none before it. A
/// sequence of fewer tokens than exact_below(options) stays in order of time, whatever its buckets.
/// \param buckets  i32 `[batch, head, round, length]`, from lsh_buckets: each from 0 to the number
///                 of buckets of a sequence of `length` tokens, that one for padding
/// Cost: linear in length and buckets: a counting sort, which needs no key that could overflow.
LshOrder lsh_order(const Tensor& buckets, const LshOptions& options, const Mask& mask);

}  // namespace lectern
