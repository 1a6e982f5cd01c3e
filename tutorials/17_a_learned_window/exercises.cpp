// The exercises of chapter 17. Write your lines where it says so, and type
// ./check.
#include <cmath>
#include <vector>

#include "exercise.h"

using namespace lectern;

namespace {

/// Exercise 1: the width σ at which a key five tokens away counts half as much
/// as one's own, where both fit equally well.
double half_at_five() {
  // [solution 1]
  return 5 / std::sqrt(2 * std::log(2));
  // [/solution]
}

/// Exercise 2: how many tokens the report gives for a σ of its own: 29 for 1, 89
/// for 9.5, 111 for 15.
int tokens_reported(double sigma) {
  // [solution 2]
  int distance = 0;
  while (std::exp(static_cast<float>(-distance * distance / (2 * sigma))) > 0)
    ++distance;
  return 2 * distance - 1;  // as many to either side, and oneself
  // [/solution]
}

/// Exercise 3: the shortest reach that drops at most the part `tolerance` of a
/// head's attention, as a mean over all queries. A reach of 1 keeps the own token
/// and one to either side.
/// \param shares  [query, key], rows that add up to 1
int shortest_reach(const Tensor& shares, double tolerance) {
  // [solution 3]
  const auto queries = static_cast<int>(shares.dim(0));
  for (int reach = 1;; ++reach) {
    double dropped = 0;
    for (int query = 0; query < queries; ++query)
      for (int key = 0; key < queries; ++key)
        if (std::abs(query - key) > reach) dropped += shares.at({query, key});
    if (dropped / queries <= tolerance) return reach;
  }
  // [/solution]
}

/// Exercise 4: the derivative of the loss by σ, for a whole head.
/// \param p   [query, key], the shares
/// \param dp  [query, key], the loss's derivatives by them
double slope_of_width(const Tensor& p, const Tensor& dp, double sigma) {
  // [solution 4]
  const std::int64_t n = p.dim(0);
  const Tensor place = arange(n);
  const Tensor distance = place.reshape({n, 1}) - place.reshape({1, n});
  const Tensor mean = sum_axis(p * dp, 1, KeepAxis::yes);  // [query, 1]
  const Tensor ds = p * (dp - mean);                       // [query, key]
  return sum(ds * distance * distance).item() / (sigma * sigma * sigma);
  // [/solution]
}

/// A head that looks through a bell, [batch, length, d_model].
struct Head {
  Tensor q, k;
  AttentionOptions options;
};

Head drawn(std::uint32_t step, double sigma, bool causal) {
  const auto draw = [&](std::uint64_t seed) {
    return random_normal({1, 40, 8}, 1.5, {.seed = seed, .step = step});
  };
  AttentionOptions options{
      .heads = 1,
      .bias = {.shape = DistanceBias::Shape::bell, .widths = vector({sigma})}};
  if (causal) options.mask = causal_mask();
  return {draw(1), draw(2), options};
}

void check_reach() {
  for (const bool causal : {false, true})
    for (const double sigma : {2.0, 6.0})
      for (const double tolerance : {0.2, 0.01}) {
        const Head head = drawn(1, sigma, causal);
        const Tensor shares =
            biased_weights(head.q, head.k, head.options).reshape({40, 40});
        expect_equal(
            text("the reach, σ ", sigma, ", tolerance ", tolerance),
            std::int64_t{shortest_reach(shares, tolerance)},
            choose_reach(head.q, head.k, head.options, tolerance, 1)[0]);
      }
}

void check_slope() {
  for (const std::uint32_t step : {1, 2})
    for (const double sigma : {1.5, 5.0}) {
      const Head head = drawn(step, sigma, false);
      const Tensor v = random_normal({1, 40, 8}, 1, {.seed = 3, .step = step});
      const Tensor dy = random_normal({1, 40, 8}, 1, {.seed = 4, .step = step});
      const Variable width = Variable::parameter(vector({sigma}));
      backward(sum(attend_biased(Variable(head.q), Variable(head.k),
                                 Variable(v), width, head.options) *
                   Variable(dy)));
      const Tensor p =
          biased_weights(head.q, head.k, head.options).reshape({40, 40});
      const Tensor dp =
          matmul(dy.reshape({40, 8}), transpose(v.reshape({40, 8})));
      const double expected = width.gradient().item();
      expect_near(text("the slope by σ = ", sigma),
                  slope_of_width(p, dp, sigma), expected,
                  1e-3 * std::max(1.0, std::abs(expected)));
    }
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    const double sigma = half_at_five();
    expect_near("the weight at five tokens, of that at none",
                std::exp(-25 / (2 * sigma * sigma)), 0.5);
  });
  exercises.check(2, [] {
    for (const auto& [sigma, tokens] :
         {std::pair{1.0, 29}, {9.5, 89}, {15.0, 111}})
      expect_equal(text("tokens for σ = ", sigma), tokens_reported(sigma),
                   tokens);
    for (double sigma = 0.5; sigma < 60; sigma += 1.5) {
      // Half of the smallest single, 2^-149, is rounded to zero.
      const double farthest = std::sqrt(2 * sigma * 150 * std::log(2));
      if (std::abs(farthest - std::round(farthest)) < 0.01) continue;
      expect_equal(text("tokens for σ = ", sigma), tokens_reported(sigma),
                   2 * static_cast<int>(farthest) + 1);
    }
  });
  exercises.check(3, check_reach);
  exercises.check(4, check_slope);
  return exercises.result();
}
