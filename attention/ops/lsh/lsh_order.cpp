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

LshOrder lsh_order(const Tensor& buckets, const LshOptions& options, const Mask& mask) {
  check_lsh(options);
  check(buckets.rank() == 4, [&] {
    return text("buckets are ", buckets.shape(), ", expected [batch, head, round, length]");
  });
  const std::int64_t length = buckets.dim(3);
  const std::int64_t bucket_count = bucket_factors(options, length).count();
  const auto shorter = static_cast<std::int32_t>(std::min(exact_below(options), length + 1));
  LshOrder order{empty_like(buckets),
                 empty_like(buckets),
                 mask.key_lengths,
                 {reach_of(options, mask.causal, length), shorter}};
  with_device(buckets,
              [&](auto device) { lsh_order_kernel(device, buckets, bucket_count, order); });
  return order;
}

}  // namespace lectern
