#pragma once

#include "tensor/cuda/fill_each.h"
#include "tensor/random.h"

namespace lectern {

// Dropout's mask on a GPU, for every kernel that drops.

/// factor · x, and 0 for a factor of 0 even where x is infinite or NaN.
template <class T>
__device__ T masked(T x, T factor) {
  return factor > T{0} ? factor * x : T{0};
}

template <class T>
T factor_of_kept(double probability) {
  return static_cast<T>(1.0 / (1.0 - probability));
}

/// An input that is drawn when it is asked for: 1/(1−p) for an element that is kept, 0 for one that
/// is dropped. Four elements side by side share one draw.
template <class T>
class MaskFactors {
 public:
  MaskFactors(double probability, RandomKey key)
      : key_(key),
        threshold_(drop_threshold(probability)),
        factor_(factor_of_kept<T>(probability)) {}

  bool has_quads() const { return true; }
  __device__ T one(std::int64_t i) const { return factor(key_.word(i)); }
  __device__ Quad<T> four(std::int64_t i) const {
    const PhiloxWords words = key_.words(i / 4);
    return {{factor(words[0]), factor(words[1]), factor(words[2]), factor(words[3])}};
  }

 private:
  __device__ T factor(std::uint32_t word) const { return word >= threshold_ ? factor_ : T{0}; }

  RandomKey key_;
  std::uint32_t threshold_;
  T factor_;
};

}  // namespace lectern
