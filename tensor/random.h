#pragma once

#include <array>
#include <cstdint>

#include "tensor/tensor.h"

namespace lectern {

/// Four random 32-bit words: a pure function of a counter and a key.
///
/// Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): ten rounds of
/// two multiplications. There is no generator state to save, so a dropout mask costs no memory, a
/// resumed run repeats the same bits, and a GPU draws what a CPU draws.
using PhiloxWords = std::array<std::uint32_t, 4>;

constexpr PhiloxWords philox(PhiloxWords counter, std::uint32_t key0, std::uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {
        static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key0, static_cast<std::uint32_t>(b),
        static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key1, static_cast<std::uint32_t>(a)};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return counter;
}

/// Names one stream of random numbers: which run, which step of it, which place in the model.
/// Element i of a tensor takes word `i % 4` of `philox({i / 4 (64 bits), step, site}, seed)`.
struct RandomKey {
  std::uint64_t seed = 42;
  std::uint32_t step = 0;
  std::uint32_t site = 0;
  std::uint64_t first_quad = 0;  ///< where a part of a tensor begins: its element 4 · first_quad
  /// Where a GPU's kernels find the step, which counts instead of `step` then: a recorded piece of
  /// work draws other numbers each time it is repeated.
  const std::uint32_t* step_on_device = nullptr;

  constexpr PhiloxWords words(std::uint64_t quad) const {
    const std::uint64_t counter = first_quad + quad;
    const std::uint32_t now = step_on_device == nullptr ? step : *step_on_device;
    return philox(
        {static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32), now, site},
        static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
  }
  constexpr std::uint32_t word(std::uint64_t element) const {
    return words(element / 4)[element % 4];
  }
};

/// A dropout mask keeps an element whose word is at least this: probability · 2³², as an integer, so
/// that every device decides alike.
constexpr std::uint32_t drop_threshold(double probability) {
  return static_cast<std::uint32_t>(probability * 4294967296.0);
}

/// Numbers drawn evenly from [low, high), and normal numbers with mean 0 (Box–Muller in double, on
/// the host, so that the bits do not depend on the device).
Tensor random_uniform(const Shape& shape, double low, double high, RandomKey key,
                      DType dtype = DType::f32);
Tensor random_normal(const Shape& shape, double standard_deviation, RandomKey key,
                     DType dtype = DType::f32);

/// Whole numbers drawn evenly from low … high−1, i32. (PyTorch's randint.)
Tensor random_integers(const Shape& shape, std::int32_t low, std::int32_t high, RandomKey key,
                       Where where = Where::current());
/// 0 … count−1 in a random order, i32 `[count]`; every order is as likely. Fisher and Yates 1938, in
/// the form of Durstenfeld 1964. (PyTorch's randperm.)
Tensor random_permutation(std::int64_t count, RandomKey key);
/// Draws the index of one number, each as likely as the number is large: probabilities, or counts.
/// The index i is the first with \f$ p_0 + … + p_i > u \sum_j p_j \f$, u drawn evenly from (0, 1).
/// Throws when a number is negative or not finite, or all are 0. (PyTorch's multinomial.)
/// \param weights  `[choice]`
std::int64_t draw(const Tensor& weights, RandomKey key, Where where = Where::current());

}  // namespace lectern
