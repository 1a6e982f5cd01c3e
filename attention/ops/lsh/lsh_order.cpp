#include "attention/ops/lsh/lsh_order.h"

#include <algorithm>

#include "tensor/launch.h"

namespace lectern {

void lsh_order_kernel(Cpu, const Tensor& buckets, std::int64_t bucket_count, LshOrder& order);
void lsh_order_kernel(Cuda, const Tensor& buckets, std::int64_t bucket_count, LshOrder& order);

namespace {

LshReach reach_of(const LshOptions& options, bool causal, std::int64_t length) {
  const bool chunks = options.rule == CandidateRule::chunks;
  const auto at_most_all = [&](std::int64_t number) {
    return static_cast<std::int32_t>(std::min(number, std::max<std::int64_t>(1, length)));
  };
  LshReach reach;
  reach.unit = chunks ? at_most_all(options.chunk) : 1;
  reach.back = chunks ? 1 : at_most_all(options.window);
  reach.ahead = causal ? 0 : reach.back;
  reach.bucket_gap = chunks && options.across_buckets ? 0 : reach.back + 1;
  reach.once = options.correct_duplicates;
  return reach;
}

}  // namespace

LshOrder lsh_order(const Tensor& buckets, std::int64_t bucket_count, const LshOptions& options,
                   const Mask& mask) {
  check_lsh(options);
  check(buckets.rank() == 4, [&] {
    return text("buckets are ", buckets.shape(), ", expected [batch, head, round, length]");
  });
  LshOrder order{empty_like(buckets), empty_like(buckets), mask.key_lengths,
                 reach_of(options, mask.causal, buckets.dim(3))};
  with_device(buckets,
              [&](auto device) { lsh_order_kernel(device, buckets, bucket_count, order); });
  return order;
}

LshOrder exact_order(std::int64_t batch, std::int64_t heads, std::int64_t length, const Mask& mask,
                     Device device) {
  const Tensor one_bucket = zeros({batch, heads, 1, length}, DType::i32, device);
  const LshOptions everybody{
      .rule = CandidateRule::same_bucket, .rounds = 1, .window = std::max<std::int64_t>(1, length)};
  return lsh_order(one_bucket, 1, everybody, mask);
}

}  // namespace lectern
