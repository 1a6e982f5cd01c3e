#pragma once

#include <cstdint>

#include "tensor/random.h"

namespace lectern {

/// The weights of attention that dropout keeps: weight (query, key) of a head asks for the word of
/// element `first_element + query · key_count + key` of `[batch, head, query, key]`.
struct WeightDropout {
  RandomKey key;
  std::uint64_t first_element;
  std::int64_t key_count;
  std::uint32_t threshold;  ///< a weight whose word is smaller is dropped
  double keep_factor;       ///< 1/(1 − probability)

  constexpr bool active() const { return threshold > 0; }
  constexpr std::uint64_t element(std::int64_t query, std::int64_t key_position) const {
    return first_element + static_cast<std::uint64_t>(query * key_count + key_position);
  }
};

}  // namespace lectern
