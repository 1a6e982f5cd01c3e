#include <numeric>
#include <vector>

#include "attention/ops/lsh/lsh_order.h"
#include "tensor/parallel.h"
#include "tensor/tensor.h"

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

/// Position t holds token t, in a place where it meets all.
void keep_time(std::int32_t length, std::int32_t* tokens, std::int32_t* places) {
  std::iota(tokens, tokens + length, 0);
  std::fill(places, places + length, 0);
}

}  // namespace

void lsh_order_kernel(Cpu, const Tensor& buckets, std::int64_t bucket_count, LshOrder& order) {
  const std::int64_t length = buckets.dim(3);
  if (length == 0) return;
  const std::int64_t rows_a_sequence = buckets.dim(1) * buckets.dim(2);
  const auto all = static_cast<std::int32_t>(length);
  parallel_for(buckets.size() / length, 4, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::int32_t> next(static_cast<std::size_t>(bucket_count + 1));
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int32_t real =
          order.lengths.defined() ? order.lengths.data<std::int32_t>()[row / rows_a_sequence] : all;
      std::int32_t* tokens = order.tokens.data<std::int32_t>() + row * length;
      std::int32_t* places = order.places.data<std::int32_t>() + row * length;
      if (order.reach.is_exact(real))
        keep_time(all, tokens, places);
      else
        sort_round(buckets.data<std::int32_t>() + row * length, all, order.reach.hashed, next,
                   tokens, places);
    }
  });
}

}  // namespace lectern
