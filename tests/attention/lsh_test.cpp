#include "attention/lsh.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "attention/multi_head.h"
#include "attention/ops/lsh/lsh_order.h"
#include "attention/scaled_dot_product.h"
#include "autograd/gradcheck.h"
#include "autograd/ops/permute.h"
#include "autograd/ops/reduce.h"
#include "tensor/ops/concatenate.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

bool on_gpu() { return default_device().kind == Device::Kind::cuda; }

/// A batch of random queries and values, hashed.
struct Problem {
  LshOptions lsh;
  AttentionOptions attention;
  Tensor q, v, d_output, buckets;
};

Problem random_problem(const LshOptions& lsh, const AttentionOptions& attention, std::int64_t batch,
                       std::int64_t length, std::int64_t d_head, DType dtype = DType::f64) {
  const Shape shape{batch, length, attention.heads * d_head};
  Problem problem{
      lsh, attention, normal(shape, 1, dtype), normal(shape, 2, dtype), normal(shape, 3, dtype),
      {}};
  problem.lsh.exact_below = 0;
  problem.buckets = lsh_buckets_of(problem.q, problem.lsh, attention, {.seed = 7});
  return problem;
}

/// Output, dq, dv.
template <class Attend>
std::vector<Tensor> values_and_gradients(const Problem& problem, const Attend& attend) {
  const Variable q = Variable::parameter(problem.q), v = Variable::parameter(problem.v);
  const Variable output = attend(q, v);
  backward(output, problem.d_output);
  return {output.value(), q.gradient(), v.gradient()};
}
std::vector<Tensor> fused(const Problem& problem) {
  return values_and_gradients(problem, [&](const Variable& q, const Variable& v) {
    return attend_lsh(q, v, problem.buckets, problem.lsh, problem.attention);
  });
}
std::vector<Tensor> defined(const Problem& problem) {
  return values_and_gradients(problem, [&](const Variable& q, const Variable& v) {
    return attend_lsh_by_definition(q, v, problem.buckets, problem.lsh, problem.attention);
  });
}

double largest_difference(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = numbers(a), y = numbers(b);
  double largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double difference = std::abs(x[i] - y[i]);
    largest = difference <= largest ? largest : difference;  // a NaN wins
  }
  return largest;
}

/// The largest difference between kernel and definition: {output, gradients}.
std::pair<double, double> difference(const Problem& problem) {
  const auto a = fused(problem), b = defined(problem);
  return {largest_difference(a[0], b[0]),
          std::max(largest_difference(a[1], b[1]), largest_difference(a[2], b[2]))};
}

void expect_equal(const Problem& problem, double tolerance = 1e-12) {
  INFO("length " << problem.q.dim(1) << ", rounds " << problem.lsh.rounds << ", chunk "
                 << problem.lsh.chunk << ", rule " << static_cast<int>(problem.lsh.rule)
                 << ", causal " << problem.attention.mask.causal << ", padded "
                 << problem.attention.mask.key_lengths.defined() << ", once "
                 << problem.lsh.correct_duplicates);
  const auto [output, gradients] = difference(problem);
  REQUIRE(output <= tolerance);
  REQUIRE(gradients <= 20 * tolerance);
}

/// Lengths 0 … length, spread over the batch; the last sequence is full.
Tensor spread_lengths(std::int64_t batch, std::int64_t length) {
  std::vector<std::int32_t> lengths;
  for (std::int64_t b = 0; b < batch; ++b)
    lengths.push_back(static_cast<std::int32_t>(length * b / (batch - 1)));
  return tensor_of<std::int32_t>({batch}, lengths);
}
std::vector<Mask> all_masks(std::int64_t batch, std::int64_t length) {
  const Tensor lengths = spread_lengths(batch, length);
  return {no_mask(), causal_mask(), padding_mask(lengths), causal_padding_mask(lengths)};
}

std::vector<LshOptions> both_rules(int rounds) {
  return {{.rounds = rounds, .chunk = 8},
          {.rule = CandidateRule::same_bucket, .rounds = rounds, .window = 5}};
}

/// As sequences are attended that are too short to be hashed.
Variable attend_exactly(const Variable& q, const Variable& v, const AttentionOptions& options) {
  const LshOptions lsh{.exact_below = q.dim(1) + 1};
  return attend_lsh(q, v, lsh_buckets_of(q.value(), lsh, options, {}), lsh, options);
}

}  // namespace

TEST_CASE("LSH attention: four tokens in two buckets, by hand", "[lsh]") {
  // Tokens 0 and 2 share a bucket, so do 1 and 3; chunks of two are the buckets. Looking back,
  // token 0 meets nobody, token 1 only chunk 0, of which token 0 came before it.
  Problem problem;
  problem.lsh = {.rounds = 1, .chunk = 2, .buckets = 2, .exact_below = 0};
  problem.attention = {.mask = causal_mask()};
  problem.q = tensor_of<double>({1, 4, 1}, {1, -1, 1, -1});
  problem.v = tensor_of<double>({1, 4, 1}, {10, 20, 30, 40});
  problem.d_output = full({1, 4, 1}, 1, DType::f64);
  problem.buckets = tensor_of<std::int32_t>({1, 1, 1, 4}, {0, 1, 0, 1});
  const LshOrder order = lsh_order(problem.buckets, problem.lsh, problem.attention.mask);
  CHECK(order.tokens.to_vector<std::int32_t>() == std::vector<std::int32_t>{0, 2, 1, 3});
  CHECK(order.places.to_vector<std::int32_t>() == std::vector<std::int32_t>{0, 1, 0, 1});

  const auto met = numbers(lsh_meetings(problem.buckets, problem.lsh, problem.attention.mask));
  CHECK(met == std::vector<double>{1, 0, 0, 0,    // 0 meets nobody: itself
                                   1, 0, 0, 0,    // 1 meets 0
                                   1, 0, 0, 0,    // 2 meets 0; 1 is in the chunk after
                                   1, 1, 1, 0});  // 3 meets all
  const auto y = numbers(fused(problem)[0]);
  CHECK(y[0] == Approx(10));
  CHECK(y[1] == Approx(10));
  CHECK(y[2] == Approx(10));
  // Scores are q · k with k of length one: −1, 1, −1.
  const double e = std::exp(1.0);
  CHECK(y[3] == Approx((10 / e + 20 * e + 30 / e) / (e + 2 / e)));
}

TEST_CASE("LSH attention: the score is the query times a key of length one", "[lsh]") {
  // Query (3, 4) is (0.6, 0.8) as a key; its score with the query (0, 2) is 1.6, and with (0, 0) 0.
  const Tensor q = tensor_of<double>({1, 3, 2}, {3, 4, 0, 0, 0, 2});
  const Tensor v = tensor_of<double>({1, 3, 2}, {1, 0, 0, 0, 0, 0});
  const AttentionOptions options{.mask = causal_mask()};
  const auto y = numbers(attend_exactly(Variable(q), Variable(v), options).value());
  const double share = std::exp(1.6) / (std::exp(1.6) + 1);
  CHECK(y[4] == Approx(share).epsilon(1e-6));  // 10⁻⁶ inside the root
}

TEST_CASE("LSH attention equals the softmax over the union of what the rounds show", "[lsh]") {
  const std::int64_t batch = 3;
  for (const int rounds : {1, 2, 3, 4, 5, 6, 7, 8})
    for (const LshOptions& lsh : both_rules(rounds))
      for (const std::int64_t length :
           on_gpu() ? std::vector<std::int64_t>{21} : std::vector<std::int64_t>{40, 75})
        for (const Mask& mask : all_masks(batch, length))
          expect_equal(random_problem(lsh, {.heads = 2, .mask = mask}, batch, length, 8));
}

TEST_CASE("LSH attention takes every length", "[lsh]") {
  const std::int64_t batch = 3;
  for (std::int64_t length = 1; length <= (on_gpu() ? 17 : 33); ++length)
    for (const LshOptions& lsh : both_rules(2))
      for (const Mask& mask : all_masks(batch, length))
        expect_equal(random_problem(lsh, {.heads = 1, .mask = mask}, batch, length, 6));
}

TEST_CASE("LSH attention takes every length with chunks of 64", "[lsh][slow]") {
  for (std::int64_t length = 129; length <= 256; ++length)
    for (const Mask& mask : {no_mask(), causal_mask()})
      expect_equal(random_problem({.rounds = 3}, {.heads = 1, .mask = mask}, 1, length, 16));
}

TEST_CASE("LSH attention: long sequences, several spans, odd chunks", "[lsh]") {
  for (const std::int64_t chunk : {64, 50, 200})
    for (const Mask& mask : {no_mask(), causal_mask()})
      expect_equal(random_problem({.rounds = 2, .chunk = on_gpu() ? chunk / 4 : chunk},
                                  {.heads = 1, .mask = mask}, 1, on_gpu() ? 180 : 1100, 16));
  expect_equal(random_problem(
      {.rule = CandidateRule::same_bucket, .rounds = 2, .window = on_gpu() ? 24 : 96},
      {.heads = 1, .mask = causal_mask()}, 1, on_gpu() ? 180 : 1100, 16));
}

TEST_CASE("LSH attention in f32 equals its definition", "[lsh]") {
  const std::int64_t length = on_gpu() ? 70 : 300;
  for (const int rounds : {1, 4, 8})
    for (const Mask& mask : all_masks(3, length))
      expect_equal(random_problem({.rounds = rounds, .chunk = on_gpu() ? 16 : 64},
                                  {.heads = 2, .mask = mask}, 3, length, 40, DType::f32),
                   1e-5);
}

TEST_CASE("LSH attention: pairs that count as often as they meet, or only within a bucket",
          "[lsh]") {
  for (const Mask& mask : all_masks(2, 50)) {
    expect_equal(random_problem({.rounds = 4, .chunk = 8, .correct_duplicates = false},
                                {.heads = 2, .mask = mask}, 2, 50, 8));
    expect_equal(random_problem({.rounds = 3, .chunk = 8, .across_buckets = false},
                                {.heads = 2, .mask = mask}, 2, 50, 8));
  }
}

TEST_CASE("LSH attention with dropout equals its definition", "[lsh]") {
  for (const LshOptions& lsh : both_rules(3)) {
    AttentionOptions options{.heads = 2, .mask = causal_mask(), .dropout = 0.3, .key = {.seed = 9}};
    expect_equal(random_problem(lsh, options, 2, 45, 8));
  }
}

TEST_CASE("LSH attention in one chunk is exact attention with shared queries and keys", "[lsh]") {
  const std::int64_t length = on_gpu() ? 30 : 100;
  for (const Mask& mask : all_masks(3, length)) {
    const AttentionOptions options{.heads = 2, .mask = mask};
    const Problem problem = random_problem({.rounds = 1, .chunk = length}, options, 3, length, 8);
    const auto chunked = fused(problem);
    const auto exact = values_and_gradients(problem, [&](const Variable& q, const Variable& v) {
      return attend_exactly(q, v, options);
    });
    for (std::size_t i = 0; i < exact.size(); ++i)
      CHECK(largest_difference(chunked[i], exact[i]) <= 2e-12);
  }
}

TEST_CASE("exact attention with shared keys differs from attend only in the own position",
          "[lsh]") {
  const std::int64_t length = 20;
  const Tensor q = normal({1, length, 8}, 1), v = normal({1, length, 8}, 2);
  const Variable heads = split_heads(Variable(q), 1);
  const Tensor k = merge_heads(keys_of_queries(heads)).value();
  const AttentionOptions options{.mask = causal_mask(), .scale = 1};
  const auto weights = numbers(attention_weights(q, k, options));
  const auto y = numbers(attend_exactly(Variable(q), Variable(v), options).value());
  const auto values = numbers(v);
  for (std::int64_t i = 1; i < length; ++i) {
    double expected = 0;
    for (std::int64_t j = 0; j < i; ++j)
      expected += weights[i * length + j] / (1 - weights[i * length + i]) * values[j * 8];
    CHECK(y[i * 8] == Approx(expected));
  }
}

TEST_CASE("LSH attention passes the gradient check with frozen buckets", "[lsh]") {
  for (const LshOptions& lsh : both_rules(3))
    for (const Mask& mask : {no_mask(), causal_mask()}) {
      const Problem problem = random_problem(lsh, {.heads = 2, .mask = mask}, 1, 19, 3);
      const GradcheckReport report = gradcheck(
          [&](const std::vector<Variable>& in) {
            return attend_lsh(in[0], in[1], problem.buckets, problem.lsh, problem.attention);
          },
          {Variable::parameter(problem.q), Variable::parameter(problem.v)});
      INFO(report.message);
      CHECK(report.passed);
    }
}

TEST_CASE("LSH attention: what padding holds changes no bit of the rest", "[lsh]") {
  const std::int64_t length = 50, d_model = 16;
  for (const LshOptions& lsh : both_rules(3)) {
    const AttentionOptions options{.heads = 2,
                                   .mask = padding_mask(tensor_of<std::int32_t>({1}, {37}))};
    Problem problem = random_problem(lsh, options, 1, length, 8);
    std::vector<double> q = numbers(problem.q), v = numbers(problem.v);
    for (std::int64_t i = 37 * d_model; i < length * d_model; ++i)
      q[i] = std::nan(""), v[i] = std::numeric_limits<double>::infinity();
    const auto before = fused(problem);
    problem.q = tensor_of<double>({1, length, d_model}, q);
    problem.v = tensor_of<double>({1, length, d_model}, v);
    problem.buckets = lsh_buckets_of(problem.q, problem.lsh, options, {.seed = 7});
    const auto after = fused(problem);
    for (std::size_t i = 0; i < before.size(); ++i) CHECK(same_bits(before[i], after[i]));
  }
}

TEST_CASE("LSH attention: a sequence has the same bits alone and in any batch", "[lsh]") {
  // Hashed by two hashes, by one, and too short to be hashed at all.
  const std::vector<std::int32_t> lengths = on_gpu()
                                                ? std::vector<std::int32_t>{70, 40, 9}
                                                : std::vector<std::int32_t>{9, 150, 70, 10, 40};
  const std::int64_t batch = std::ssize(lengths), longest = std::ranges::max(lengths);
  std::vector<LshOptions> kinds = both_rules(3);
  kinds.push_back({.rounds = 2, .chunk = 2, .correct_duplicates = false});
  for (LshOptions& lsh : kinds)
    for (const bool causal : {false, true}) {
      const Mask mask{.causal = causal, .key_lengths = tensor_of<std::int32_t>({batch}, lengths)};
      Problem all = random_problem(lsh, {.heads = 2, .mask = mask}, batch, longest, 8, DType::f32);
      all.lsh.exact_below = 10;
      const auto together = fused(all), meaning = defined(all);
      for (std::int64_t b = 0; b < batch; ++b) {
        const std::int64_t length = lengths[static_cast<std::size_t>(b)];
        const auto own = [&](const Tensor& x) { return slice(x.slice(b, b + 1), 1, 0, length); };
        Problem one = all;
        one.attention.mask.key_lengths = Tensor();
        one.q = own(all.q), one.v = own(all.v), one.d_output = own(all.d_output);
        one.buckets = lsh_buckets_of(one.q, one.lsh, one.attention, {.seed = 7});
        INFO("length " << length << ", causal " << causal << ", chunk " << lsh.chunk);
        const auto alone = fused(one);
        for (std::size_t i = 0; i < alone.size(); ++i) {
          CHECK(same_bits(alone[i], own(together[i])));
          CHECK(close(alone[i], own(meaning[i]), 1e-5));
        }
      }
    }
}

TEST_CASE("LSH attention takes bf16 and calculates in f32", "[lsh]") {
  const Problem problem = random_problem({.rounds = 2, .chunk = 8},
                                         {.heads = 2, .mask = causal_mask()}, 2, 40, 8, DType::f32);
  const Tensor q = cast(problem.q, DType::bf16), v = cast(problem.v, DType::bf16);
  const Tensor buckets = lsh_buckets_of(q, problem.lsh, problem.attention, {.seed = 7});
  const auto attend = [&](const Tensor& queries, const Tensor& values) {
    return attend_lsh(Variable(queries), Variable(values), buckets, problem.lsh, problem.attention)
        .value();
  };
  const Tensor narrow = attend(q, v);
  CHECK(narrow.dtype() == DType::bf16);
  CHECK(same_bits(narrow, cast(attend(cast(q, DType::f32), cast(v, DType::f32)), DType::bf16)));
}

TEST_CASE("LSH attention gives the same bits on one thread and on two", "[lsh]") {
  for (const int heads : {1, 4})
    for (const std::size_t part : {0, 1, 2})
      CHECK(same_on_two_threads([&] {
        return fused(random_problem({.rounds = 2, .chunk = 16},
                                    {.heads = heads, .mask = causal_mask()}, 1,
                                    on_gpu() ? 60 : 2500, 16, DType::f32))[part];
      }));
}

TEST_CASE("LSH attention's memory grows with the length, not with its square", "[lsh]") {
  const auto bytes_at = [](std::int64_t length) {
    const AttentionOptions options{.heads = 1, .mask = causal_mask()};
    const LshOptions lsh{.rounds = 4, .chunk = on_gpu() ? 16 : 64, .exact_below = 0};
    const Variable q = Variable::parameter(normal({1, length, 32}, 1, DType::f32));
    reset_high_water();
    const std::int64_t before = memory_statistics().in_use;
    const Tensor buckets = lsh_buckets_of(q.value(), lsh, options, {.seed = 1});
    const Variable y = attend_lsh(q, q, buckets, lsh, options);
    backward(y, y.value());
    return static_cast<double>(memory_statistics().high_water - before);
  };
  const std::int64_t shortest = on_gpu() ? 128 : 2048;
  const double exponent = std::log2(bytes_at(8 * shortest) / bytes_at(shortest)) / 3;
  INFO("memory grows as length to the power of " << exponent);
  CHECK(exponent < 1.05);
}

TEST_CASE("LSH options that cannot be used are named", "[lsh]") {
  CHECK(contains(message_of([] { LshAttention({.buckets = 3}); }), "even"));
  CHECK(contains(message_of([] { LshAttention({.rounds = 0}); }), "rounds is 0"));
  const Variable q(normal({1, 4, 8}, 1));
  CHECK(contains(message_of([&] { attend_exactly(q, q, {.scale = 0.5}); }), "temperature"));
}
