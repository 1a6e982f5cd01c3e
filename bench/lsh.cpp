// LSH attention against exact tiled attention, forward and backward: milliseconds by length, and
// the lengths from which LSH is faster.
//
// One thread, one sequence, 4 heads of 64, causal, f32, chunks of 64. LSH's time includes splitting
// heads, hashing and sorting. Then, for 1024 random and clustered queries, what hashing misses, and
// how much of the past the last token changes. Usage: bench_lsh [longest]

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <vector>

#include "attention/laboratory/lsh_quality.h"
#include "attention/scaled_dot_product.h"
#include "tensor/parallel.h"

namespace {

using namespace lectern;

/// Milliseconds of processor time, which does not count waiting for other programs, of the fastest
/// of several calls.
double fastest(const std::function<void()>& work) {
  double best = 1e30, total = 0;
  for (int i = 0; i < 3 || (i < 100 && total < 300); ++i) {
    const std::clock_t start = std::clock();
    work();
    const double took = 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    best = std::min(best, took);
    total += took;
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

/// Where the line through two points of log-log axes crosses one: at `length` the ratio is the
/// first, at twice the length the second.
double crossover(double length, double ratio_before, double ratio_after) {
  const double part = std::log(ratio_before) / (std::log(ratio_before) - std::log(ratio_after));
  return length * std::pow(2, part);
}

/// 64 clusters: repeated centres and some noise.
Tensor clustered_queries(std::int64_t length, std::int64_t width) {
  const auto centres = random_normal({64, width}, 1, {.seed = 4}).to_vector<float>();
  const auto noise = random_normal({length, width}, 0.5, {.seed = 5}).to_vector<float>();
  std::vector<float> rows(noise);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t token = i / static_cast<std::size_t>(width);
    rows[i] += centres[token * 29 % 64 * static_cast<std::size_t>(width) +
                       i % static_cast<std::size_t>(width)];
  }
  return tensor_of<float>({1, length, width}, rows);
}

void print_quality(const char* name, const Tensor& queries, const LshOptions& lsh) {
  const LshHeadQuality quality =
      lsh_quality(queries, lsh, {.heads = 1, .mask = causal_mask()}, {.seed = 1})[0];
  const CausalLeak leak = causal_leak(queries, queries, lsh, 1, {.seed = 1});
  std::printf("%-10s %-12s %6d %7.2f %6.2f %6.0f %8.2f %9.2f %5lld of %lld, %.2g\n", name,
              lsh.rule == CandidateRule::chunks ? "chunks" : "same bucket", lsh.rounds,
              quality.recall, quality.mass, quality.keys_a_query, quality.entropy, quality.overflow,
              static_cast<long long>(leak.changed), static_cast<long long>(leak.tokens),
              leak.largest);
}

void print_qualities() {
  const Tensor random = random_normal({1, 1024, 64}, 1, {.seed = 6});
  const Tensor clustered = clustered_queries(1024, 64);
  std::printf("\n%-10s %-12s %6s %7s %6s %6s %8s %9s %s\n", "queries", "rule", "rounds", "recall",
              "mass", "keys", "entropy", "overflow", "earlier outputs changed by the last token");
  for (const CandidateRule rule : {CandidateRule::chunks, CandidateRule::same_bucket})
    for (const int rounds : {1, 2, 4, 8}) {
      print_quality("random", random, {.rule = rule, .rounds = rounds});
      print_quality("clustered", clustered, {.rule = rule, .rounds = rounds});
    }
}

}  // namespace

int main(int argc, char** argv) {
  set_thread_count(1);
  const std::int64_t longest = argc > 1 ? std::atoll(argv[1]) : 8192;
  const std::vector<int> rounds{1, 2, 4, 8};
  const AttentionOptions options{.heads = 4, .mask = causal_mask()};
  std::printf("forward / forward and backward, ms\n%7s %17s %17s", "length", "exact",
              "exact, shared");
  for (const int r : rounds) std::printf("             LSH-%d", r);
  std::printf("\n");
  std::vector<double> ratios(rounds.size(), 0), crossovers(rounds.size(), 0);
  for (std::int64_t length = 128; length <= longest; length *= 2) {
    const Times exact = measure(
        length, [&](const Variable& q, const Variable& v) { return attend(q, q, v, options); });
    const Times shared = measure(length, [&](const Variable& q, const Variable& v) {
      const LshOptions lsh{.exact_below = length + 1};
      return attend_lsh(q, v, lsh_buckets_of(q.value(), lsh, options, {}), lsh, options);
    });
    std::printf("%7lld %8.2f %8.2f %8.2f %8.2f", static_cast<long long>(length), exact.forward,
                exact.both, shared.forward, shared.both);
    for (std::size_t i = 0; i < rounds.size(); ++i) {
      const LshOptions lsh{.rounds = rounds[i], .exact_below = 0};
      const Times hashed = measure(length, [&](const Variable& q, const Variable& v) {
        return attend_lsh(q, v, lsh_buckets_of(q.value(), lsh, options, {}), lsh, options);
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
  print_qualities();
}
