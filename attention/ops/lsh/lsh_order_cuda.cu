#include <bit>

#include "attention/ops/lsh/lsh_order.h"
#include "tensor/cuda/device_layer.h"
#include "tensor/cuda/loops.h"

namespace lectern {
namespace {

/// How many tokens the sequence has to which an element of `[batch, head, round, length]` belongs.
struct TokensOfSequence {
  const std::int32_t* lengths;  ///< `[batch]`, or null: all
  std::int64_t elements;        ///< of a sequence
  std::int32_t length;

  __device__ std::int32_t operator()(std::int64_t element) const {
    return lengths == nullptr ? length : lengths[element / elements];
  }
};

}  // namespace

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
  const LshReaches reach = order.reach;
  const TokensOfSequence tokens_of{
      order.lengths.defined() ? order.lengths.device_data<std::int32_t>() : nullptr,
      count / buckets.dim(0), static_cast<std::int32_t>(length)};
  for_each_element(device, count, [=] __device__(std::int64_t i) {
    const std::int32_t own = reach.is_exact(tokens_of(i)) ? 0 : bucket[i];
    key[i] = static_cast<std::uint32_t>(i / length * keys_a_row + own);
    time[i] = static_cast<std::int32_t>(i % length);
  });
  auto* token = order.tokens.device_data<std::int32_t>();
  const auto largest = static_cast<std::uint64_t>(rows * keys_a_row - 1);
  cuda::sort_pairs(device, count, key, time,
                   reinterpret_cast<std::uint32_t*>(sorted.device_data<std::int32_t>()), token,
                   std::bit_width(largest | 1));

  auto* place = order.places.device_data<std::int32_t>();
  for_each_element(device, count, [=] __device__(std::int64_t i) {
    const std::int64_t own = i / length * length + token[i];
    place[own] = reach.place(tokens_of(i), static_cast<std::int32_t>(i % length), bucket[own]);
  });
}

}  // namespace lectern
