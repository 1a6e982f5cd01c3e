#include "tensor/random.h"

#include <cmath>
#include <numbers>
#include <numeric>

#include "tensor/launch.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/convert.h"

namespace lectern {
namespace {

/// In (0, 1): never 0, so that its logarithm is finite.
double to_unit(std::uint32_t word) { return (word + 0.5) * 0x1p-32; }

/// Evenly one of 0 … count−1, to within count · 2⁻³².
std::uint64_t below(std::uint64_t count, std::uint32_t word) { return (count * word) >> 32; }

template <class Draw>
Tensor draw_each(const Shape& shape, DType dtype, Draw draw) {
  Tensor result(shape, dtype, cpu);
  launch_any(result, [&](auto, auto zero) {
    using T = decltype(zero);
    T* out = result.data<T>();
    for (std::int64_t i = 0; i < result.size(); ++i) out[i] = convert<T>(draw(i));
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

Tensor random_integers(const Shape& shape, std::int32_t low, std::int32_t high, RandomKey key,
                       Where where) {
  check(
      low < high,
      [&] { return text("random_integers: no number lies from ", low, " to ", high, " - 1"); },
      where);
  const auto count = static_cast<std::uint64_t>(std::int64_t{high} - low);
  return draw_each(shape, DType::i32, [&](std::int64_t i) {
    return low + static_cast<std::int64_t>(below(count, key.word(i)));
  });
}

Tensor random_permutation(std::int64_t count, RandomKey key) {
  std::vector<std::int32_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t i = count - 1; i > 0; --i)
    std::swap(order[i], order[below(static_cast<std::uint64_t>(i) + 1, key.word(i))]);
  return tensor_of({count}, order);
}

std::int64_t draw(const Tensor& weights, RandomKey key, Where where) {
  check(
      weights.rank() == 1, [&] { return text("draw needs [choice], got ", weights.shape()); },
      where);
  const std::vector<double> p = cast(weights, DType::f64).to_vector<double>();
  double sum = 0;
  for (const double weight : p) {
    check(
        weight >= 0 && std::isfinite(weight),
        [&] { return text("draw: ", weight, " is not the weight of a choice"); }, where);
    sum += weight;
  }
  check(sum > 0, "draw: no choice has a weight above 0", where);
  double left = to_unit(key.word(0)) * sum;
  std::int64_t last = 0;
  for (std::int64_t i = 0; i < std::ssize(p); ++i) {
    if (p[i] == 0) continue;
    last = i;
    left -= p[i];
    if (left < 0) break;
  }
  return last;
}

}  // namespace lectern
