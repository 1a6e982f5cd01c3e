#pragma once

#include <algorithm>

#include "tensor/ops/rows_cpu.h"
#include "tensor/random_block.h"

namespace lectern {

// Dropout's mask on a CPU, for every kernel that drops.

/// factor · x, and 0 for a factor of 0 even where x is infinite or NaN.
template <class T>
T masked(T x, T factor) {
  const T scaled = factor * x;
  return factor > T{0} ? scaled : T{0};
}

/// y[i] = formula(i, m), i = begin … end−1, with m = 1/(1−p) for an element that is kept, and 0 for
/// one that is dropped. Draws words by the thousand, so that they stay in the first-level cache.
template <class T, class Formula>
void fill_masked(std::int64_t begin, std::int64_t end, double probability, const RandomKey& key,
                 T* y, const Formula& formula) {
  constexpr std::int64_t batch = 1024;
  const std::uint32_t threshold = drop_threshold(probability);
  const T factor = static_cast<T>(1.0 / (1.0 - probability));
  std::uint32_t words[batch];
  for (; begin < end; begin += batch) {
    const std::int64_t drawn = std::min(batch, end - begin);
    random_block(key, static_cast<std::uint64_t>(begin), drawn, words);
    fill_range(0, drawn, y + begin, [=, first = begin, word = &words[0]](std::int64_t i) {
      return formula(first + i, word[i] >= threshold ? factor : T{0});
    });
  }
}

}  // namespace lectern
