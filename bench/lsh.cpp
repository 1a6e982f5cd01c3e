// LSH attention against exact tiled attention, forward and backward: milliseconds by length, and
// the lengths from which LSH is faster.
//
// One sequence, 4 heads of 64, causal, f32, chunks of 64. LSH's time includes splitting heads,
// hashing and sorting. Usage: bench_lsh [threads] [longest]

#include "attention/lsh.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "attention/scaled_dot_product.h"
#include "tensor/parallel.h"

namespace {

using namespace lectern;

/// Milliseconds of the fastest of several calls.
double fastest(const std::function<void()>& work) {
  double best = 1e30, total = 0;
  for (int i = 0; i < 3 || (i < 100 && total < 300); ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count());
    total += took.count();
  }
  return best;
}

struct Times {
  double forward, both;
};

/// Attention of one sequence by some rule, alone and with its derivatives.
Times measure(std::int64_t length,
              const std::function<Variable(const Variable&, const Variable&)>& attend) {
  const Shape shape{1, length, 4 * 64};
  const Tensor q = random_normal(shape, 1, {.seed = 1}), v = random_normal(shape, 1, {.seed = 2});
  const Tensor d_output = random_normal(shape, 1, {.seed = 3});
  const double forward = fastest([&] {
    const NoGradient no_gradient;
    attend(Variable(q), Variable(v));
  });
  const double both =
      fastest([&] { backward(attend(Variable::parameter(q), Variable::parameter(v)), d_output); });
  return {forward, both};
}

/// Where the line through two points of log-log axes, before and after, crosses one.
double crossover(double length, double ratio_before, double ratio_after) {
  const double part = std::log(ratio_before) / (std::log(ratio_before) - std::log(ratio_after));
  return length * std::pow(2, part);
}

}  // namespace

int main(int argc, char** argv) {
  set_thread_count(argc > 1 ? std::atoi(argv[1]) : 1);
  const std::int64_t longest = argc > 2 ? std::atoll(argv[2]) : 8192;
  const std::vector<int> rounds{1, 2, 4, 8};
  const AttentionOptions options{.heads = 4, .mask = causal_mask()};
  std::printf("forward / forward and backward, ms\n%7s %17s %17s", "length", "exact",
              "exact, shared");
  for (const int r : rounds) std::printf("             LSH-%d", r);
  std::printf("\n");
  std::vector<double> ratios(rounds.size(), 10), crossovers(rounds.size(), 0);
  for (std::int64_t length = 256; length <= longest; length *= 2) {
    const Times exact = measure(
        length, [&](const Variable& q, const Variable& v) { return attend(q, q, v, options); });
    const Times shared = measure(length, [&](const Variable& q, const Variable& v) {
      return attend_lsh(q, v, exact_order(1, 4, length, options.mask, cpu), options);
    });
    std::printf("%7lld %8.2f %8.2f %8.2f %8.2f", static_cast<long long>(length), exact.forward,
                exact.both, shared.forward, shared.both);
    for (std::size_t i = 0; i < rounds.size(); ++i) {
      const LshOptions lsh{.rounds = rounds[i]};
      const Times hashed = measure(length, [&](const Variable& q, const Variable& v) {
        return attend_lsh(q, v, lsh_order_of(q.value(), lsh, options, {}), options);
      });
      std::printf(" %8.2f %8.2f", hashed.forward, hashed.both);
      const double ratio = hashed.both / exact.both;
      if (ratio < 1 && ratios[i] >= 1)
        crossovers[i] = crossover(static_cast<double>(length) / 2, ratios[i], ratio);
      ratios[i] = ratio;
    }
    std::printf("\n");
    std::fflush(stdout);
  }
  std::printf("faster than exact, forward and backward, from:");
  for (std::size_t i = 0; i < rounds.size(); ++i)
    std::printf("  LSH-%d %.0f", rounds[i], crossovers[i]);
  std::printf(" tokens\n");
}
