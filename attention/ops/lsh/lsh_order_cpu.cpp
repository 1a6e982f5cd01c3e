#include <numeric>
#include <vector>

#include "attention/ops/lsh/lsh_order.h"
#include "tensor/launch.h"
#include "tensor/parallel.h"

namespace lectern {
namespace {

/// Counts the members of each bucket, so that every token knows where its bucket begins and, in
/// order of time, who of it came before.
void sort_round(const std::int32_t* buckets, std::int32_t length, const LshReach& reach,
                std::vector<std::int32_t>& next, std::int32_t* tokens, std::int32_t* places) {
  std::fill(next.begin(), next.end(), 0);
  for (std::int32_t t = 0; t < length; ++t) ++next[static_cast<std::size_t>(buckets[t])];
  std::exclusive_scan(next.begin(), next.end(), next.begin(), 0);
  for (std::int32_t t = 0; t < length; ++t) {
    const std::int32_t position = next[static_cast<std::size_t>(buckets[t])]++;
    tokens[position] = t;
    places[t] = reach.place(position, buckets[t]);
  }
}

}  // namespace

void lsh_order_kernel(Cpu, const Tensor& buckets, std::int64_t bucket_count, LshOrder& order) {
  const std::int64_t length = buckets.dim(3);
  if (length == 0) return;
  parallel_for(buckets.size() / length, 4, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::int32_t> next(static_cast<std::size_t>(bucket_count + 1));
    for (std::int64_t row = begin; row < end; ++row)
      sort_round(buckets.data<std::int32_t>() + row * length, static_cast<std::int32_t>(length),
                 order.reach, next, order.tokens.data<std::int32_t>() + row * length,
                 order.places.data<std::int32_t>() + row * length);
  });
}

}  // namespace lectern
