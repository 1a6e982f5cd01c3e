#pragma once

#include <algorithm>
#include <cstdint>

#include "attention/ops/mask_program.h"

namespace lectern {

/// Which pairs attend in a round of LSH attention, as the kernels of every device ask it.
///
/// In each round every token has a *position* in the sorted sequence and a *place*. Query i meets
/// key j when `-ahead ≤ place(i) − place(j) ≤ back`. In the rule of chunks the place is the number
/// of the chunk, so back = 1; in the rule of one bucket it is the position, so back is the window.
/// Where only members of one bucket shall meet, each bucket's places begin more than `back` after
/// the last ones of the bucket before (`bucket_gap`).
struct LshReach {
  std::int32_t unit = 1;  ///< positions that share a place
  std::int32_t back = 1;
  std::int32_t ahead = 0;       ///< 0 when causal, else as far as back
  std::int32_t bucket_gap = 0;  ///< added to the places of bucket n: n · bucket_gap
  bool once = true;             ///< a pair that met in an earlier round does not meet again

  constexpr bool causal() const { return ahead == 0; }
  constexpr std::int32_t place(std::int32_t position, std::int32_t bucket) const {
    return position / unit + bucket * bucket_gap;
  }
  constexpr bool meets(std::int32_t query_place, std::int32_t key_place) const {
    return static_cast<std::uint32_t>(query_place - key_place + ahead) <=
           static_cast<std::uint32_t>(ahead + back);
  }
  /// The positions, of `count` in all, whose tokens the queries at some positions can meet.
  constexpr Range keys_of(Range queries, std::int32_t count) const {
    return around(queries, back, ahead, count);
  }
  /// Pairs of positions, of `count` in all, within reach of each other; each is one with itself.
  constexpr std::int64_t pairs(std::int32_t count) const {
    std::int64_t result = 0;
    for (std::int32_t begin = 0; begin < count; begin += unit) {
      const Range queries{begin, std::min(begin + unit, count)};
      result += std::int64_t{queries.size()} * keys_of(queries, count).size();
    }
    return result;
  }
  /// The positions whose queries can meet the keys at some positions.
  constexpr Range queries_of(Range keys, std::int32_t count) const {
    return around(keys, ahead, back, count);
  }

 private:
  constexpr Range around(Range positions, std::int32_t before, std::int32_t after,
                         std::int32_t count) const {
    return {std::max(0, (positions.begin / unit - before) * unit),
            std::min(count, ((positions.end - 1) / unit + after + 1) * unit)};
  }
};

/// The reach in each sequence of a batch. One of fewer than `exact_below` tokens is not hashed: in
/// order of time, and in a single round, every pair meets. All its places are 0, so that two of them
/// meet by the reach of others as well: kernels need its own only to find positions.
struct LshReaches {
  LshReach hashed;
  std::int32_t exact_below = 0;

  constexpr bool is_exact(std::int32_t tokens) const { return tokens < exact_below; }
  constexpr LshReach of(std::int32_t tokens) const {
    if (!is_exact(tokens)) return hashed;
    const std::int32_t all = std::max(1, tokens);
    return {.back = all, .ahead = hashed.causal() ? 0 : all};
  }
  constexpr std::int32_t rounds(std::int32_t tokens, std::int32_t rounds_of_hashed) const {
    return is_exact(tokens) ? 1 : rounds_of_hashed;
  }
  constexpr std::int32_t place(std::int32_t tokens, std::int32_t position,
                               std::int32_t bucket) const {
    return is_exact(tokens) ? 0 : hashed.place(position, bucket);
  }
};

}  // namespace lectern
