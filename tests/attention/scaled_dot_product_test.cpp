#include "attention/scaled_dot_product.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "attention/ops/fused/attend_fused.h"
#include "attention/ops/mask_scores.h"
#include "autograd/ops/arithmetic.h"
#include "tensor/parallel.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

/// Kernels that run in the emulator are given shorter work.
bool on_gpu() { return default_device().kind == Device::Kind::cuda; }
std::vector<std::int64_t> lengths_for(const std::vector<std::int64_t>& on_cpu,
                                      const std::vector<std::int64_t>& briefly_on_gpu) {
  return on_gpu() ? briefly_on_gpu : on_cpu;
}

/// Queries, keys and values of one attention, and the derivative that its output is given.
struct Problem {
  Tensor q, k, v, d_output;
};

Problem random_problem(std::int64_t batch, std::int64_t query, std::int64_t key,
                       std::int64_t d_model, DType dtype = DType::f64) {
  const auto random = [&](std::int64_t length, std::uint64_t seed) {
    return random_normal({batch, length, d_model}, 1, {.seed = seed}, dtype);
  };
  return {random(query, 1), random(key, 2), random(key, 3), random(query, 4)};
}

using Attend = Variable (*)(const Variable&, const Variable&, const Variable&,
                            const AttentionOptions&);

/// The output and the gradients dq, dk, dv.
std::vector<Tensor> values_and_gradients(Attend attend, const Problem& problem,
                                         const AttentionOptions& options) {
  const Variable q = Variable::parameter(problem.q), k = Variable::parameter(problem.k),
                 v = Variable::parameter(problem.v);
  const Variable output = attend(q, k, v, options);
  backward(output, problem.d_output);
  return {output.value(), q.gradient(), k.gradient(), v.gradient()};
}

double largest_difference(const Tensor& a, const Tensor& b) {
  double largest = 0;
  const auto compare = [&](auto number) {
    const auto x = a.to_vector<decltype(number)>(), y = b.to_vector<decltype(number)>();
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double difference = std::abs(static_cast<double>(x[i]) - static_cast<double>(y[i]));
      largest = difference <= largest ? largest : difference;  // a NaN wins
    }
  };
  a.dtype() == DType::f64 ? compare(double{}) : compare(float{});
  return largest;
}

void expect_fused_equals_definition(const Problem& problem, const AttentionOptions& options,
                                    double tolerance) {
  const auto fused = values_and_gradients(attend_fused, problem, options);
  const auto defined = values_and_gradients(attend_by_definition, problem, options);
  for (std::size_t i = 0; i < fused.size(); ++i) {
    INFO("output, dq, dk, dv: number " << i << ", query " << problem.q.dim(1) << ", key "
                                       << problem.k.dim(1) << ", d_model " << problem.q.dim(2)
                                       << ", causal " << options.mask.causal << ", padded "
                                       << options.mask.key_lengths.defined());
    REQUIRE(largest_difference(fused[i], defined[i]) < tolerance);
  }
}

/// Lengths 0 … key, spread over the batch; the last sequence is full.
Tensor spread_lengths(std::int64_t batch, std::int64_t key) {
  std::vector<std::int32_t> lengths;
  for (std::int64_t b = 0; b < batch; ++b)
    lengths.push_back(static_cast<std::int32_t>(key * b / (batch - 1)));
  return tensor_of<std::int32_t>({batch}, lengths);
}

std::vector<Mask> all_masks(std::int64_t batch, std::int64_t key) {
  const Tensor lengths = spread_lengths(batch, key);
  const Window window{.before = 4, .after = 2, .globals = 3};
  return {no_mask(),
          causal_mask(),
          padding_mask(lengths),
          causal_padding_mask(lengths),
          window_mask({.before = 40}),
          {.key_lengths = lengths, .window = window},
          {.causal = true, .window = window},
          window_mask({.before = 9, .after = 11, .dilation = 3})};
}

void compare_at_length(std::int64_t length) {
  const std::int64_t batch = 3;
  const Problem problem = random_problem(batch, length, length, 2 * 8);
  for (const Mask& mask : all_masks(batch, length))
    expect_fused_equals_definition(problem, {.heads = 2, .mask = mask}, 1e-10);
}

}  // namespace

TEST_CASE("two tokens, by hand", "[attention]") {
  // The first key matches the first query by ln 3, the second not at all: weights 3/4 and 1/4.
  const Tensor q = tensor_of<double>({1, 2, 1}, {1, 0});
  const Tensor k = tensor_of<double>({1, 2, 1}, {std::log(3.0), 0});
  const Tensor v = tensor_of<double>({1, 2, 1}, {8, 4});
  for (const Attend attend : {attend_fused, attend_by_definition}) {
    const auto output = attend(Variable(q), Variable(k), Variable(v), {}).value();
    CHECK(output.to_vector<double>()[0] == Approx(7));  // 3/4 · 8 + 1/4 · 4
    CHECK(output.to_vector<double>()[1] == Approx(6));  // the second query likes both alike
  }
  const auto weights = attention_weights(q, k, {.mask = causal_mask()}).to_vector<double>();
  CHECK(weights[0] == Approx(1));  // sees itself only
  CHECK(weights[1] == 0);
  CHECK(weights[2] == Approx(0.5));
  CHECK(weights[3] == Approx(0.5));
}

TEST_CASE("what a causal mask shows to all and to the last queries", "[attention]") {
  const auto picture = [](std::int64_t query, const Mask& mask) {
    const Tensor masked = mask_scores(zeros({1, 1, query, 5}), mask);
    std::string drawn;
    for (const float score : masked.to_vector<float>()) drawn += score == 0 ? 'x' : '.';
    return drawn;
  };
  CHECK(picture(5, causal_mask()) == "x....xx...xxx..xxxx.xxxxx");
  CHECK(picture(2, causal_mask()) == "xxxx.xxxxx");
  const Tensor three = tensor_of<std::int32_t>({1}, {3});
  CHECK(picture(2, padding_mask(three)) == "xxx..xxx..");
  CHECK(picture(5, causal_padding_mask(three)) == "x....xx...xxx..xxx..xxx..");
}

TEST_CASE("what a window shows of seven tokens", "[attention][window]") {
  const auto picture = [](std::int64_t query, const Mask& mask) {
    const Tensor masked = mask_scores(zeros({1, 1, query, 7}), mask);
    std::string drawn;
    for (const float score : masked.to_vector<float>()) {
      if (drawn.size() % 8 == 7) drawn += ' ';
      drawn += score == 0 ? 'x' : '.';
    }
    return drawn;
  };
  CHECK(picture(7, window_mask({.before = 2, .after = 1})) ==
        "xx..... xxx.... xxxx... .xxxx.. ..xxxx. ...xxxx ....xxx");
  CHECK(picture(7, window_mask({.before = 2})) ==
        "x...... xx..... xxx.... .xxx... ..xxx.. ...xxx. ....xxx");
  CHECK(picture(7, window_mask({.before = 1, .after = 1, .dilation = 2})) ==
        "x.x.... .x.x... x.x.x.. .x.x.x. ..x.x.x ...x.x. ....x.x");
  CHECK(picture(7, window_mask({.before = 1, .globals = 1})) ==
        "x...... xx..... xxx.... x.xx... x..xx.. x...xx. x....xx");
  CHECK(picture(2, window_mask({.before = 2, .after = 1})) == "...xxxx ....xxx");  // the last two
  const Window wide{.before = 2, .after = 1};
  CHECK(picture(7, {.causal = true, .window = wide}) == picture(7, window_mask({.before = 2})));
  const Tensor five = tensor_of<std::int32_t>({1}, {5});
  CHECK(picture(2, {.key_lengths = five, .window = wide}) == "...xx.. ....x..");
}

TEST_CASE("heads may see unequally far", "[attention][window]") {
  Window window{.before = 6, .after = 6};
  window.head_reach = tensor_of<std::int32_t>({3}, {0, 1, 100});
  const auto masked = mask_scores(zeros({1, 3, 3, 3}), window_mask(window)).to_vector<float>();
  std::string drawn;
  for (const float score : masked) drawn += score == 0 ? 'x' : '.';
  CHECK(drawn ==
        "x...x...x"
        "xx.xxx.xx"
        "xxxxxxxxx");
}

TEST_CASE("fused attention equals its definition in values and gradients", "[attention]") {
  for (const std::int64_t length :
       lengths_for({1, 2, 7, 16, 33, 48, 49, 64, 65, 96, 130}, {1, 7, 8, 9, 16, 17, 33, 65}))
    compare_at_length(length);
}

TEST_CASE("fused attention equals its definition at every length", "[attention][slow]") {
  for (std::int64_t length = 1; length <= 130; ++length) compare_at_length(length);
}

TEST_CASE("fused attention equals its definition at any width of a head", "[attention]") {
  for (const std::int64_t d_head : {1, 3, 8, 40, 64}) {
    const Problem problem = random_problem(2, 19, 70, 3 * d_head);
    expect_fused_equals_definition(problem, {.heads = 3, .mask = causal_mask()}, 1e-10);
  }
}

TEST_CASE("fused attention equals its definition where queries and keys differ in number",
          "[attention]") {
  const std::int64_t batch = 3;
  for (const std::int64_t query : lengths_for({1, 2, 3, 5, 50, 100}, {1, 5, 50}))
    for (const std::int64_t key : lengths_for({1, 3, 60, 129}, {3, 60})) {
      const Problem problem = random_problem(batch, query, key, 2 * 8);
      for (const Mask& mask : all_masks(batch, key))  // with more queries than keys, some see none
        expect_fused_equals_definition(problem, {.heads = 2, .mask = mask}, 1e-10);
    }
}

TEST_CASE("fused attention equals its definition through any window", "[attention][window]") {
  const std::int64_t batch = 2;
  for (const std::int64_t length : lengths_for({1, 7, 60, 140, 300}, {70}))
    for (const std::int64_t reach : lengths_for({0, 1, 5, 64, 1000}, {5, 64}))
      for (const std::int64_t globals : lengths_for({0, 2, 80}, {2}))
        for (const std::int64_t dilation : lengths_for({1, 2, 50}, {1, 2})) {
          if (dilation > 1 && reach > 5) continue;
          const Window window{reach, reach / 2, dilation, globals};
          const Problem problem = random_problem(batch, length, length, 2 * 8);
          for (const bool causal : {false, true}) {
            INFO("reach " << reach << ", globals " << globals << ", dilation " << dilation);
            expect_fused_equals_definition(
                problem, {.heads = 2, .mask = {causal, spread_lengths(batch, length), window}},
                1e-10);
          }
        }
}

TEST_CASE("fused attention through a window for each head", "[attention][window]") {
  Window window{.before = 1000, .after = 1000, .globals = 1};
  window.head_reach = tensor_of<std::int32_t>({3}, {1, 33, 70});
  for (const std::int64_t length : lengths_for({5, 300}, {5, 90}))
    expect_fused_equals_definition(random_problem(1, length, length, 3 * 8),
                                   {.heads = 3, .mask = window_mask(window)}, 1e-10);
}

TEST_CASE("fused attention equals its definition in f32", "[attention]") {
  for (const std::int64_t length : lengths_for({1, 13, 40, 130, 300}, {1, 40, 130})) {
    const Problem problem = random_problem(2, length, length, 2 * 32, DType::f32);
    for (const Mask& mask : all_masks(2, length))
      // Sums of up to 300 rounded terms, in two orders.
      expect_fused_equals_definition(problem, {.heads = 2, .mask = mask}, 2e-5);
  }
}

TEST_CASE("fused attention drops the weights that its definition drops", "[attention]") {
  for (const std::int64_t query : {1, 13, 50})
    for (const std::int64_t key : {1, 13, 130}) {
      const Problem problem = random_problem(3, query, key, 2 * 8);
      for (const Mask& mask : all_masks(3, key))
        expect_fused_equals_definition(
            problem,
            {.heads = 2, .mask = mask, .dropout = 0.3, .key = {.seed = 7, .step = 2, .site = 5}},
            1e-10);
    }
}

TEST_CASE("large scores neither overflow nor lose the largest", "[attention]") {
  Problem problem = random_problem(1, 70, 200, 8, DType::f32);
  problem.q = scale(Variable(problem.q), 1000).value();
  const Tensor fused = attend_fused(problem.q, problem.k, problem.v, {}).output;
  const Tensor defined =
      attend_by_definition(Variable(problem.q), Variable(problem.k), Variable(problem.v), {})
          .value();
  // Scores of thousands carry an error of 1e-4 into the exponent.
  CHECK(largest_difference(fused, defined) < 5e-3);
}

TEST_CASE("without a mask, the order of keys and values does not matter", "[attention]") {
  const Problem problem = random_problem(1, 30, 200, 8);
  const auto shuffled = [](const Tensor& rows) {
    Tensor result = empty_like(rows).reshape({200, 8});
    for (std::int64_t i = 0; i < 200; ++i) {  // 77 has no factor in common with 200
      const std::int64_t from = i * 77 % 200;
      result.slice(i, i + 1).copy_from(rows.reshape({200, 8}).slice(from, from + 1));
    }
    return result.reshape({1, 200, 8});
  };
  const Tensor k = shuffled(problem.k), v = shuffled(problem.v);
  const AttentionOptions options{.heads = 2};
  CHECK(largest_difference(attend_fused(problem.q, problem.k, problem.v, options).output,
                           attend_fused(problem.q, k, v, options).output) < 1e-13);
}

TEST_CASE("hidden keys and values change nothing, not one bit", "[attention]") {
  Problem problem = random_problem(2, 40, 60, 16, DType::f32);
  const Tensor lengths = tensor_of<std::int32_t>({2}, {33, 60});
  const AttentionOptions options{.heads = 2, .mask = padding_mask(lengths)};
  const auto before = attend_fused(problem.q, problem.k, problem.v, options).output.clone();
  const auto overwrite_hidden = [](Tensor& rows, double value) {
    rows.reshape({120, 16}).slice(33, 60).copy_from(full({27, 16}, value));
  };
  overwrite_hidden(problem.k, 1e3);
  overwrite_hidden(problem.v, -5);
  const auto after = attend_fused(problem.q, problem.k, problem.v, options).output;
  CHECK(before.to_vector<float>() == after.to_vector<float>());
}

TEST_CASE("a query that sees no key gets zeros and gives no gradient", "[attention]") {
  const Problem problem = random_problem(2, 5, 4, 6);
  const Tensor lengths = tensor_of<std::int32_t>({2}, {0, 4});
  for (const Attend attend : {attend_fused, attend_by_definition})
    for (const Tensor& tensor :
         values_and_gradients(attend, problem, {.heads = 2, .mask = padding_mask(lengths)})) {
      const auto numbers = tensor.slice(0, 1).to_vector<double>();
      CHECK(std::all_of(numbers.begin(), numbers.end(), [](double x) { return x == 0; }));
    }
}

TEST_CASE("a NaN among the keys is passed on, not hidden", "[attention]") {
  for (const std::int64_t query : {1, 5}) {
    const Problem problem = random_problem(1, query, 3, 4, DType::f32);
    std::vector<float> numbers = problem.k.to_vector<float>();
    numbers[5] = std::nanf("");
    const Tensor k = tensor_of<float>({1, 3, 4}, numbers);
    CHECK(std::isnan(attend_fused(problem.q, k, problem.v, {}).output.to_vector<float>()[0]));
  }
}

TEST_CASE("decoding with a cache gives the rows of the whole sequence", "[attention]") {
  const Problem problem = random_problem(1, 20, 20, 16);
  const AttentionOptions options{.heads = 2, .mask = causal_mask()};
  const Tensor whole = attend_fused(problem.q, problem.k, problem.v, options).output;
  for (std::int64_t t = 0; t < 20; ++t) {
    const auto until = [&](const Tensor& x, std::int64_t begin) {
      return x.reshape({20, 16}).slice(begin, t + 1).reshape({1, t + 1 - begin, 16});
    };
    const Tensor step =
        attend_fused(until(problem.q, t), until(problem.k, 0), until(problem.v, 0), options).output;
    CHECK(largest_difference(step, until(whole, t)) < 1e-14);
  }
}

TEST_CASE("attention weights sum to one over the visible keys", "[attention]") {
  const Problem problem = random_problem(2, 6, 9, 8);
  const Tensor weights =
      attention_weights(problem.q, problem.k, {.heads = 4, .mask = causal_mask(), .dropout = 0.5});
  EXPECT_SHAPE(weights, 2, 4, 6, 9);
  const auto numbers = weights.to_vector<double>();
  for (std::size_t row = 0; row < numbers.size(); row += 9)
    CHECK(std::accumulate(&numbers[row], &numbers[row] + 9, 0.0) == Approx(1));
}

TEST_CASE("attention gives the same bits with one thread and with two", "[attention]") {
  const int threads = thread_count();
  const std::int64_t length = on_gpu() ? 80 : 700;
  const Problem problem = random_problem(3, length, length, 2 * 16, DType::f32);
  const AttentionOptions options{.heads = 2, .mask = causal_mask(), .dropout = 0.1};
  std::vector<std::vector<Tensor>> results;
  for (const int count : {1, 2}) {
    set_thread_count(count);
    results.push_back(values_and_gradients(attend_fused, problem, options));
  }
  set_thread_count(threads);
  for (std::size_t i = 0; i < results[0].size(); ++i)
    CHECK(results[0][i].to_vector<float>() == results[1][i].to_vector<float>());
}

TEST_CASE("the memory of fused attention grows linearly with length", "[attention]") {
  const Mask mask = GENERATE(no_mask(), window_mask({.before = 64, .globals = 2}));
  const int threads = thread_count();
  set_thread_count(1);  // each thread has a room of its own, and short sequences take one
  const auto extra_bytes = [&](std::int64_t length) {
    const Problem problem = random_problem(1, length, length, 2 * 16, DType::f32);
    reset_high_water(default_device());
    const std::int64_t before = memory_statistics(default_device()).in_use;
    values_and_gradients(attend_fused, problem, {.heads = 2, .mask = mask});
    return static_cast<double>(memory_statistics(default_device()).high_water - before);
  };
  const std::int64_t few = on_gpu() ? 128 : 512, many = on_gpu() ? 512 : 4096;
  const double per_token_short = extra_bytes(few) / static_cast<double>(few);
  const double per_token_long = extra_bytes(many) / static_cast<double>(many);
  set_thread_count(threads);
  CHECK(per_token_long < 1.1 * per_token_short);
}

TEST_CASE("attention says what does not fit", "[attention]") {
  const Tensor q({2, 5, 12}, DType::f32, cpu), k({2, 7, 12}, DType::f32, cpu);
  const auto complaint = [&](const Tensor& v, const AttentionOptions& options) {
    try {
      attend_fused(q, k, v, options);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  const auto says = [](const std::string& message, const std::string& part) {
    INFO(message);
    CHECK(message.find(part) != std::string::npos);
  };
  says(complaint(Tensor({2, 6, 12}, DType::f32, cpu), {}), "v is [2, 6, 12]");
  says(complaint(k, {.heads = 5}), "d_model 12 cannot be split into 5 equal heads");
  says(complaint(k, {.dropout = 1}), "attention dropout is 1");
  says(complaint(k, {.scale = -1}), "attention scale is -1");
  const Tensor too_long = tensor_of<std::int32_t>({2}, {7, 8}).to(cpu);
  says(complaint(k, {.mask = padding_mask(too_long)}), "key_lengths[1] is 8");
  says(complaint(k, {.mask = window_mask({.before = -1})}), "a window of -1 keys before");
  says(complaint(k, {.mask = window_mask({.dilation = 0})}), "dilation is 0");
  Window window;
  window.head_reach = tensor_of<std::int32_t>({2}, {1, 1}).to(cpu);
  says(complaint(k, {.heads = 3, .mask = window_mask(window)}), "expected [head] = [3]");
}

TEST_CASE("attention in bf16: the definition and what runs agree up to its rounding") {
  const Problem problem = random_problem(2, 40, 40, 64, DType::f32);
  for (const bool causal : {false, true}) {
    const AttentionOptions options{.heads = 2, .mask = {.causal = causal}};
    const auto exact = values_and_gradients(attend_by_definition, problem, options);
    const WithPrecision scope(Precision::bf16);
    const auto defined = values_and_gradients(attend_by_definition, problem, options);
    const auto fused = values_and_gradients(attend, problem, options);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      INFO("output, dq, dk, dv: number " << i << ", causal " << causal);
      CHECK(largest_difference(defined[i], fused[i]) < 0.05);  // of numbers up to 5
      CHECK(largest_difference(defined[i], exact[i]) > 1e-4);
      CHECK(largest_difference(fused[i], exact[i]) > 1e-4);
    }
  }
}
