#include <cmath>

#include "attention/pattern_options.h"
#include "attention/scaled_dot_product.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

// How memory grows with length, from the allocator's own high-water mark.

using namespace lectern;

namespace {

/// Bytes at the peak of a step, forward and backward, with inputs and gradients.
template <class Attend>
double peak_of(std::int64_t length, std::int64_t d_model, const Attend& attend) {
  const std::int64_t before = memory_statistics().in_use;
  reset_high_water();
  const auto drawn = [&](std::uint32_t site) {
    return Variable::parameter(normal({1, length, d_model}, site, DType::f32));
  };
  const Variable q = drawn(1), k = drawn(2), v = drawn(3);
  backward(attend({q, q, k, v}), full(q.shape(), 1.0));
  return static_cast<double>(memory_statistics().high_water - before);
}

/// The slope of log(bytes) against log(length), by least squares.
template <class Attend>
double exponent(std::int64_t longest, std::int64_t d_model, const Attend& attend) {
  double count = 0, x_sum = 0, y_sum = 0, xx_sum = 0, xy_sum = 0;
  for (std::int64_t length = 1024; length <= longest; length *= 2) {
    const double x = std::log(static_cast<double>(length)),
                 y = std::log(peak_of(length, d_model, attend));
    ++count, x_sum += x, y_sum += y, xx_sum += x * x, xy_sum += x * y;
  }
  return (count * xy_sum - x_sum * y_sum) / (count * xx_sum - x_sum * x_sum);
}

}  // namespace

TEST_CASE("attention's memory grows with the length, by definition with its square",
          "[slow][memory]") {
  if (default_device() != cpu) {
    WARN("SKIPPED: measures the CPU's allocator");
    return;
  }
  const double by_definition = exponent(4096, /*d_model=*/32, [](const ProjectedTokens& tokens) {
    return attend_by_definition(tokens.queries, tokens.keys, tokens.values, {.heads = 4});
  });
  CHECK(std::abs(by_definition - 2) < 0.05);

  constexpr std::int64_t d_model = 512, heads = 8;
  struct Case {
    const char* name;
    PatternOptions pattern;
    std::int64_t longest = 16384;
  };
  const Case cases[] = {
      {"exact", {}, 4096},
      {"window", {.name = "window"}},
      {"lsh, chunks", {.name = "lsh", .lsh = {.exact_below = 0}}},
      {"lsh, same bucket",
       {.name = "lsh", .lsh = {.rule = CandidateRule::same_bucket, .exact_below = 0}}},
      {"linear", {.name = "linear"}}};
  Initializer init(1);
  for (const auto& [name, choice, longest] : cases) {
    const auto pattern = make_pattern(choice, d_model, heads, init);
    const double found = exponent(longest, d_model, [&](const ProjectedTokens& tokens) {
      return (*pattern)(tokens, {.heads = heads});
    });
    INFO(name << ": " << found);
    CHECK(std::abs(found - 1) < 0.05);
  }
}
