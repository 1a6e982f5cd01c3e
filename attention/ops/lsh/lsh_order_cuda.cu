#include <bit>

#include "attention/ops/lsh/lsh_order.h"
#include "tensor/cuda/device_layer.h"
#include "tensor/cuda/loops.h"

namespace lectern {

void lsh_order_kernel(Cuda device, const Tensor& buckets, std::int64_t bucket_count,
                      LshOrder& order) {
  const std::int64_t count = buckets.size(), length = buckets.dim(3);
  if (count == 0) return;
  const std::int64_t keys_a_row = bucket_count + 1, rows = count / length;
  check(rows * keys_a_row < (std::int64_t{1} << 32), [&] {
    return text("sorting by ", rows, " heads and rounds and ", keys_a_row,
                " buckets needs more than 32 bits; take a smaller batch");
  });

  // All rounds of all heads are sorted at once, by row and bucket; equal keys stay in order of
  // time.
  Tensor keys = empty_like(buckets), times = empty_like(buckets), sorted = empty_like(buckets);
  const auto* bucket = buckets.device_data<std::int32_t>();
  auto* key = reinterpret_cast<std::uint32_t*>(keys.device_data<std::int32_t>());
  auto* time = times.device_data<std::int32_t>();
  for_each_element(device, count, [=] __device__(std::int64_t i) {
    key[i] = static_cast<std::uint32_t>(i / length * keys_a_row + bucket[i]);
    time[i] = static_cast<std::int32_t>(i % length);
  });
  auto* token = order.tokens.device_data<std::int32_t>();
  const auto largest = static_cast<std::uint64_t>(rows * keys_a_row - 1);
  cuda::sort_pairs(device, count, key, time,
                   reinterpret_cast<std::uint32_t*>(sorted.device_data<std::int32_t>()), token,
                   std::bit_width(largest | 1));

  auto* place = order.places.device_data<std::int32_t>();
  const LshReach reach = order.reach;
  for_each_element(device, count, [=] __device__(std::int64_t i) {
    const std::int64_t own = i / length * length + token[i];
    place[own] = reach.place(static_cast<std::int32_t>(i % length), bucket[own]);
  });
}

}  // namespace lectern
