#pragma once

#include <vector>

#include "attention/ops/lsh/lsh_buckets.h"
#include "attention/pattern.h"

namespace lectern {

/// \defgroup lsh LSH attention
/// Attention among tokens that probably match: hashing puts similar queries into one bucket, and a
/// token looks only at its neighbours when all are sorted by bucket. A token asks and answers with
/// the same vector; as a key it has length one. See attention/ops/lsh/attend_lsh.h for the formula.
/// @{

/// LSH attention of every head: one record, with kernels of its own, or the definition where
/// ByDefinition asks for it.
/// \param queries,values  `[batch, length, d_model]`
/// \param buckets         i32 `[batch, head, round, length]`, from lsh_buckets_of
Variable attend_lsh(const Variable& queries, const Variable& values, const Tensor& buckets,
                    const LshOptions& lsh, const AttentionOptions& options);

/// The definition: the matrix of all scores, in which the pairs that share no bucket are masked. It
/// says what attend_lsh means, and the tests hold the two against each other.
/// Cost: memory for several matrices `[batch, head, query, key]`.
Variable attend_lsh_by_definition(const Variable& queries, const Variable& values,
                                  const Tensor& buckets, const LshOptions& lsh,
                                  const AttentionOptions& options);

/// The attention weights, for pictures: those of the definition, before dropout. Rows of padding
/// are zero.
/// \return  `[batch, head, query, key]`, each other row summing to one
Tensor lsh_weights(const Tensor& queries, const Tensor& buckets, const LshOptions& lsh,
                   const AttentionOptions& options);

/// In how many rounds each query attends to each key; 1 for a token that attends to itself, and for
/// every pair of a sequence of fewer tokens than exact_below(lsh).
/// \return  f64 `[batch, head, query, key]`; zero in rows and columns of padding
Tensor lsh_meetings(const Tensor& buckets, const LshOptions& lsh, const Mask& mask);

/// Queries in their other role, as keys: at length one.
/// \param q  `[batch, head, length, d_head]`
Variable keys_of_queries(const Variable& q);

/// Directions and buckets in one call; a single round of zeros where every sequence has fewer tokens
/// than exact_below(lsh), so that none is hashed.
/// \param queries  `[batch, length, d_model]`
/// \return         i32 `[batch, head, round, length]`
Tensor lsh_buckets_of(const Tensor& queries, const LshOptions& lsh, const AttentionOptions& options,
                      RandomKey key);

/// One token in one round of one head.
struct BucketPlace {
  std::int64_t batch = 0, head = 0, round = 0, token = 0;
};
/// The other tokens that the round puts into that token's bucket, from the first to the last.
/// \param buckets  i32 `[batch, head, round, length]`
std::vector<std::int64_t> bucket_mates(const Tensor& buckets, const BucketPlace& place);

/// LSH attention as a pattern of MultiHeadAttention. In training it hashes with new directions in
/// every step, drawn from the step's key, so that a step can be replayed; in evaluation always with
/// those of `seed`. Sequences of fewer tokens than exact_below(options) are attended exactly, with
/// the same keys and the same rule for a token that sees no other, and the log says so once. How a
/// sequence is hashed depends on its own length, not on that of others in the batch.
class LshAttention : public AttentionPattern {
 public:
  explicit LshAttention(const LshOptions& options);

  Variable operator()(const ProjectedTokens& tokens,
                      const AttentionOptions& options) const override;
  Tensor weights(const ProjectedTokens& tokens, const AttentionOptions& options) const override;
  bool shares_keys() const override { return true; }
  /// Under the rule same_bucket; where chunks begin depends on all tokens.
  bool is_causal() const override { return options_.rule == CandidateRule::same_bucket; }
  /// With the rule same_bucket: the last members of every bucket, see lsh_cache.h. A sequence is
  /// hashed as one of `length` tokens is.
  std::unique_ptr<KeyValueCache> start(int heads, std::int64_t length) const override;
  void set_mode(const Mode& mode) override { mode_ = mode; }

  const LshOptions& options() const { return options_; }
  /// Whose directions the next call takes.
  RandomKey key() const;

 private:
  LshOptions options_;
  Mode mode_;
};
/// @}

}  // namespace lectern
