#pragma once

#include <vector>

#include "attention/lsh.h"

namespace lectern {

/// \defgroup lsh_quality What LSH attention misses
/// Numbers about hashing, to be looked at beside a model's quality: hashing is only as good as the
/// queries are clustered, and training makes them so. All measure on the host, with matrices
/// `[query, key]`, and hash however short a sequence is: `exact_below` does not count.
/// @{

/// One head, over all sequences of a batch.
struct LshHeadQuality {
  double recall = 0;  ///< of a query's keys with the highest scores, the part that it meets
  double chance = 0;  ///< the recall that as many keys would have, met at random
  double mass = 0;    ///< of the weights of exact attention, the part on keys that it meets
  std::vector<std::int64_t> occupancy;  ///< [n]: how many buckets, of all rounds, have n members
  double entropy = 0;   ///< of the buckets, in bits; log₂ of their number when all are alike
  double overflow = 0;  ///< part of the tokens whose bucket has more members than a chunk (or the
                        ///< window) holds, so that some of them do not meet
  double keys_a_query = 0;  ///< how many different keys a query meets
};

/// \param queries  `[batch, length, d_model]`
/// \param top      how many keys of a query count for the recall; fewer where fewer are visible
/// \return         one for each head
std::vector<LshHeadQuality> lsh_quality(const Tensor& queries, const LshOptions& lsh,
                                        const AttentionOptions& options, RandomKey key,
                                        std::int64_t top = 16);

/// One head at one sequence, to be drawn. Padding is left out.
struct LshHeadView {
  std::vector<std::int32_t> buckets;  ///< [token]: in the first round
  std::vector<std::int32_t> sorted;   ///< [position]: the tokens as the first round sorts them
  std::vector<float> meetings;        ///< [query, key]: the part of the rounds in which they meet
  std::vector<float> weights;         ///< [query, key]: of exact attention
};

/// \param queries  `[1, length, d_model]`
/// \return         one for each head
/// Cost: memory for several matrices `[head, query, key]`.
std::vector<LshHeadView> lsh_views(const Tensor& queries, const LshOptions& lsh,
                                   const AttentionOptions& options, RandomKey key);

/// How much of the past depends on the future. A causal mask hides later tokens, but the rule of
/// chunks lets them move chunk boundaries, and with them *which* earlier tokens are seen.
struct CausalLeak {
  std::int64_t tokens = 0;   ///< all but the last of each sequence
  std::int64_t changed = 0;  ///< of these, whose output changed, beyond rounding, with the last one
  double largest = 0;        ///< the largest change, relative to the length of the output
};

/// Turns the query and value of the last token round and compares the outputs before it. Zero for
/// CandidateRule::same_bucket, whatever the data; not for CandidateRule::chunks. What a token sees
/// is then the same, but it may lie in another tile, and sums are rounded in another order: the
/// last bits may differ, which `changed` (more than 10⁻⁵ in f32, 10⁻¹² in f64) does not count.
/// \param queries,values  `[batch, length, d_model]`
CausalLeak causal_leak(const Tensor& queries, const Tensor& values, LshOptions lsh, int heads,
                       RandomKey key);
/// @}

}  // namespace lectern
