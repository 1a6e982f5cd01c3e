#pragma once

#include <vector>

#include "attention/growing_rows.h"
#include "attention/lsh.h"

namespace lectern {

/// Strictly causal LSH attention, one token at a time: for every head and round, each bucket is a
/// ring of its last `window` members. A token looks at the union of the rings of its buckets, as it
/// does when the whole sequence is given at once.
/// Cost of a token: rounds · window keys, however long the sequence is.
class LshMemory : public AttentionPattern::Memory {
 public:
  /// \param exact  every earlier token is met: one bucket that holds them all
  struct Plan {
    std::int64_t batch, length;
    int heads;
    LshOptions lsh;
    RandomKey key;
    bool exact = false;
  };
  explicit LshMemory(const Plan& plan);

  Tensor read(const Tensor& queries, const Tensor& keys, const Tensor& values) override;

 private:
  std::vector<std::int32_t> buckets_of(const Tensor& q);
  /// The tokens that a head meets, each once, as rows of the tables; itself if there are none.
  std::vector<std::int32_t> candidates(std::int64_t group, const std::int32_t* buckets);
  void remember(std::int64_t group, const std::int32_t* buckets);
  std::int64_t ring_of(std::int64_t group, std::int64_t round, std::int32_t bucket) const;

  Plan plan_;
  BucketFactors factors_;
  std::int64_t groups_, rounds_, buckets_, window_;
  std::int32_t time_ = 0;
  Tensor directions_;
  std::vector<std::int32_t> rings_;    ///< `[group, round, bucket, window]`: times
  std::vector<std::int32_t> members_;  ///< `[group, round, bucket]`: how many there have been
  GrowingRows keys_, values_;          ///< `[time, group]` rows of d_head numbers
};

}  // namespace lectern
