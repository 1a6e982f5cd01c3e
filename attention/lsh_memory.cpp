#include "attention/lsh_memory.h"

#include <algorithm>

#include "attention/ops/fused/attend_fused.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/gather.h"
#include "tensor/ops/permute.h"

namespace lectern {

LshMemory::LshMemory(const Plan& plan)
    : plan_(plan),
      factors_(bucket_factors(plan.lsh, plan.length)),
      groups_(plan.batch * plan.heads),
      rounds_(plan.exact ? 1 : plan.lsh.rounds),
      buckets_(plan.exact ? 1 : factors_.count()),
      window_(plan.exact ? std::max<std::int64_t>(1, plan.length) : plan.lsh.window),
      rings_(static_cast<std::size_t>(groups_ * rounds_ * buckets_ * window_)),
      members_(static_cast<std::size_t>(groups_ * rounds_ * buckets_)) {}

Tensor LshMemory::read(const Tensor& queries, const Tensor& keys, const Tensor& values) {
  if (queries.dtype() == DType::bf16) {
    const Tensor wide = cast(queries, DType::f32);
    return cast(read(wide, wide, cast(values, DType::f32)), DType::bf16);
  }
  check(keys.shape() == queries.shape(), "LSH attention shares queries and keys");
  check(time_ < plan_.length, [&] {
    return text("this memory was started for ", plan_.length, " tokens and has read them all");
  });
  const std::int64_t d_head = queries.dim(2) / plan_.heads;
  const Tensor q = split_heads(queries, plan_.heads);  // [batch, head, 1, d_head]
  const NoGradient no_gradient;
  keys_.append(keys_of_queries(Variable(q)).value());
  values_.append(split_heads(values, plan_.heads));

  const std::vector<std::int32_t> buckets = buckets_of(q);  // [group, round]
  std::vector<std::vector<std::int32_t>> met;
  std::size_t most = 0;
  for (std::int64_t group = 0; group < groups_; ++group) {
    const std::int32_t* own = buckets.data() + group * rounds_;
    met.push_back(candidates(group, own));
    most = std::max(most, met.back().size());
    remember(group, own);
  }
  ++time_;

  // Lists of one length, the rest hidden: what the exact kernel takes, with one head a sequence.
  std::vector<std::int32_t> rows, lengths;
  for (std::vector<std::int32_t>& list : met) {
    lengths.push_back(static_cast<std::int32_t>(list.size()));
    list.resize(most, list.front());
    rows.insert(rows.end(), list.begin(), list.end());
  }
  const Device device = queries.device();
  const Tensor ids =
      tensor_of<std::int32_t>({groups_, static_cast<std::int64_t>(most)}, rows).to(device);
  const AttentionOptions options{
      .mask = padding_mask(tensor_of<std::int32_t>({groups_}, lengths).to(device)), .scale = 1};
  const Tensor output = attend_fused(q.reshape({groups_, 1, d_head}), gather_rows(keys_.all(), ids),
                                     gather_rows(values_.all(), ids), options)
                            .output;  // [group, 1, d_head]
  return output.reshape({plan_.batch, 1, plan_.heads * d_head});
}

std::vector<std::int32_t> LshMemory::buckets_of(const Tensor& q) {
  if (plan_.exact) return std::vector<std::int32_t>(static_cast<std::size_t>(groups_));
  if (!directions_.defined())
    directions_ = lsh_directions(q, factors_, plan_.lsh.rounds, plan_.key);
  return lsh_buckets(q, directions_, factors_, no_mask()).to_vector<std::int32_t>();
}

std::int64_t LshMemory::ring_of(std::int64_t group, std::int64_t round, std::int32_t bucket) const {
  return (group * rounds_ + round) * buckets_ + bucket;
}

std::vector<std::int32_t> LshMemory::candidates(std::int64_t group, const std::int32_t* buckets) {
  std::vector<std::int32_t> times;
  for (std::int64_t round = 0; round < rounds_; ++round) {
    const std::int64_t ring = ring_of(group, round, buckets[round]);
    const auto first = rings_.begin() + ring * window_;
    const std::int64_t members = members_[static_cast<std::size_t>(ring)];
    times.insert(times.end(), first, first + std::min(members, window_));
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  if (times.empty()) times.push_back(time_);
  for (std::int32_t& time : times)
    time = static_cast<std::int32_t>(time * groups_ + group);  // its row in the tables
  return times;
}

void LshMemory::remember(std::int64_t group, const std::int32_t* buckets) {
  for (std::int64_t round = 0; round < rounds_; ++round) {
    const std::int64_t ring = ring_of(group, round, buckets[round]);
    std::int32_t& members = members_[static_cast<std::size_t>(ring)];
    rings_[static_cast<std::size_t>(ring * window_ + members % window_)] = time_;
    ++members;
  }
}

}  // namespace lectern
