#include "tensor/random.h"

#include <cmath>
#include <numbers>

#include "tensor/launch.h"

namespace lectern {
namespace {

/// In (0, 1): never 0, so that its logarithm is finite.
double to_unit(std::uint32_t word) { return (word + 0.5) * 0x1p-32; }

template <class Draw>
Tensor draw_each(const Shape& shape, DType dtype, Draw draw) {
  Tensor result(shape, dtype, cpu);
  launch(result, [&](auto, auto zero) {
    using T = decltype(zero);
    T* out = result.data<T>();
    for (std::int64_t i = 0; i < result.size(); ++i) out[i] = static_cast<T>(draw(i));
  });
  return result.to(default_device());
}

}  // namespace

Tensor random_uniform(const Shape& shape, double low, double high, RandomKey key, DType dtype) {
  return draw_each(shape, dtype,
                   [&](std::int64_t i) { return low + (high - low) * to_unit(key.word(i)); });
}

Tensor random_normal(const Shape& shape, double standard_deviation, RandomKey key, DType dtype) {
  return draw_each(shape, dtype, [&](std::int64_t i) {
    const PhiloxWords words = key.words(static_cast<std::uint64_t>(i));
    const double radius = std::sqrt(-2.0 * std::log(to_unit(words[0])));
    return standard_deviation * radius * std::cos(2.0 * std::numbers::pi * to_unit(words[1]));
  });
}

}  // namespace lectern
