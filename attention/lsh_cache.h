#pragma once

#include <vector>

#include "attention/growing_rows.h"
#include "attention/lsh.h"

namespace lectern {

/// The cache of strictly causal LSH attention: for every row, head and round, each bucket is a ring
/// of its last `window` members. A token looks at the union of the rings of its buckets, as it does
/// when the whole sequence is given at once. Tokens stay where they are; `reorder` copies rings of
/// numbers.
/// Cost of a token: rounds · window keys, however long the sequence is.
class LshCache : public KeyValueCache {
 public:
  struct Plan {
    int heads;
    std::int64_t length;  ///< a sequence is hashed as one of so many tokens is, and has no more
    LshOptions lsh;
    RandomKey key;
    bool exact = false;  ///< every earlier token is met: one bucket that holds them all
  };
  explicit LshCache(const Plan& plan);

  Tensor attend(const ProjectedTokens& tokens, const NewestTokens& newest) override;
  void reorder(const Tensor& order) override;

 private:
  using Tokens = std::vector<std::int32_t>;

  Tensor attend(const Tensor& queries, const Tensor& values, const NewestTokens& newest);
  /// The first tokens of every row, which meet nobody else: the kernel for whole sequences.
  /// \param buckets  i32 `[row, head, round, n]`
  Tensor attend_prompt(const Tensor& queries, const Tensor& values, const Tokens& buckets);
  /// Of a few tokens, whose buckets are known: i32 `[row, head, round, n]`, those from `first` on.
  Tensor attend_some(const Tensor& queries, const Tokens& buckets, std::int64_t first);
  Tokens buckets_of(const Tensor& queries);
  /// Those of token i, one for each round.
  Tokens buckets_of_token(const Tokens& buckets, std::int64_t group, std::int64_t i) const;
  /// The tokens that a head meets, each once; itself, `own`, if there are none.
  Tokens candidates(std::int64_t group, const Tokens& buckets, std::int32_t own) const;
  void remember(std::int64_t group, const Tokens& buckets, std::int32_t token);

  Plan plan_;
  std::int64_t rounds_, buckets_, window_;
  std::int64_t rows_ = 0, read_ = 0;  ///< sequences, and how many tokens all of them have read
  Tensor directions_;
  Tokens rings_;               ///< `[row, head, round, bucket, window]`: numbers of tokens
  Tokens members_;             ///< `[row, head, round, bucket]`: how many there have been
  GrowingRows keys_, values_;  ///< `[token, head]` rows of d_head numbers
};

}  // namespace lectern
