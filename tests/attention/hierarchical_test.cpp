#include "attention/hierarchical.h"

#include <cmath>

#include "attention/ops/fused/merge_results.h"
#include "attention/ops/mask_scores.h"
#include "attention/scaled_dot_product.h"
#include "autograd/by_definition.h"
#include "autograd/gradcheck.h"
#include "tensor/ops/concatenate.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

constexpr std::int64_t d_model = 8;
constexpr int heads = 2;

std::vector<Variable> inputs_of(std::int64_t length, std::int64_t d_keys = d_model) {
  return {Variable::parameter(normal({2, length, d_model}, 1)),
          Variable::parameter(normal({2, length, d_keys}, 2)),
          Variable::parameter(normal({2, length, d_keys}, 3))};
}

std::vector<Mask> masks(std::int32_t length) {
  const Tensor lengths = tensor_of<std::int32_t>({2}, {length / 2, length});
  return {no_mask(), causal_mask(), padding_mask(lengths), causal_padding_mask(lengths)};
}

/// Every row of a block is its first.
Tensor alike_in_blocks(const Tensor& x, std::int64_t block) {
  std::vector<Tensor> rows;
  for (std::int64_t i = 0; i < x.dim(1); ++i) {
    const std::int64_t first = i / block * block;
    rows.push_back(slice(x, 1, first, first + 1));
  }
  return concatenate(rows, 1);
}

template <class Attend>
std::vector<Tensor> values_and_gradients(const Attend& attend, std::vector<Variable> inputs) {
  for (Variable& input : inputs) input.zero_gradient();
  const Variable output = attend(inputs[0], inputs[1], inputs[2]);
  backward(output, normal(output.shape(), 7));
  std::vector<Tensor> results = {output.value()};
  for (const Variable& input : inputs) results.push_back(input.gradient());
  return results;
}

}  // namespace

TEST_CASE("blocks: who sees what, as drawn", "[hierarchical]") {
  const auto drawn = [](const Mask& mask, std::int64_t keys) {
    std::string result;
    for (const float number : visible(mask, 7, keys).to_vector<float>())
      result += number > 0 ? 'x' : '.';
    return result;
  };
  CHECK(drawn({.blocks = Blocks{.size = 2}}, 7) ==
        "xxxx..."
        "xxxx..."
        "xxxxxx."
        "xxxxxx."
        "..xxxxx"
        "..xxxxx"
        "....xxx");
  CHECK(drawn({.causal = true, .blocks = Blocks{.size = 2}}, 7) ==
        "x......"
        "xx....."
        "xxx...."
        "xxxx..."
        "..xxx.."
        "..xxxx."
        "....xxx");
  CHECK(drawn({.blocks = Blocks{.size = 2, .far = true}}, 4) ==
        "..xx"
        "..xx"
        "...x"
        "...x"
        "x..."
        "x..."
        "xx..");
  CHECK(drawn({.causal = true, .blocks = Blocks{.size = 2, .far = true}}, 4) ==
        "...."
        "...."
        "...."
        "...."
        "x..."
        "x..."
        "xx..");
  CHECK(contains(message_of([] { visible({.blocks = Blocks{.size = 0}}, 2, 2); }),
                 "a mask of blocks of 0 tokens"));
}

TEST_CASE("merge_results: the softmax over two sets is made of theirs", "[hierarchical]") {
  const Variable q(normal({2, 5, d_model}, 1)), k(normal({2, 12, d_model}, 2)),
      v(normal({2, 12, d_model}, 3));
  const auto part = [&](const Tensor& x, std::int64_t begin, std::int64_t end) {
    return slice(x, 1, begin, end);
  };
  const AttentionOptions options{.heads = heads};
  const auto attended = [&](std::int64_t begin, std::int64_t end) {
    return attend_fused(q.value(), part(k.value(), begin, end), part(v.value(), begin, end),
                        options);
  };
  const AttendResult whole = attended(0, 12);
  const AttendResult merged = merge_results(attended(0, 5), attended(5, 12), 0);
  CHECK(close(merged.output, whole.output, 1e-12, 1e-12));
  CHECK(close(merged.log_sum_exp, whole.log_sum_exp, 1e-12, 1e-12));
  // Twice the same keys are those keys counted twice.
  const AttendResult twice = merge_results(attended(0, 12), attended(5, 12), 0);
  const AttendResult weighed = merge_results(attended(0, 5), attended(5, 12), std::log(2.0));
  CHECK(close(twice.output, weighed.output, 1e-12, 1e-12));
  CHECK(close(twice.log_sum_exp, weighed.log_sum_exp, 1e-12, 1e-12));
  // A part without keys says infinity and counts for nothing.
  const AttendResult nothing =
      attend_fused(q.value(), k.value(), v.value(),
                   {.heads = heads, .mask = padding_mask(tensor_of<std::int32_t>({2}, {0, 0}))});
  CHECK(same_bits(merge_results(whole, nothing, 1).output, whole.output));
  CHECK(close(merge_results(nothing, whole, 1).output, whole.output, 1e-12, 1e-12));
  const auto empty = merge_results(nothing, nothing, 1);
  for (const double number : numbers(empty.output)) REQUIRE(number == 0);
  for (const double number : numbers(empty.log_sum_exp)) REQUIRE(std::isinf(number));
}

TEST_CASE("hierarchical: a far block counts as its tokens, by hand", "[hierarchical]") {
  // Blocks of one token: a sees b, and the mean of c alone. Scores are 0: three keys alike.
  const Variable zero(zeros({1, 3, 1}, DType::f64));
  const Variable v(tensor_of<double>({1, 3, 1}, {3, 6, 12}));
  CHECK(numbers(attend_hierarchically(zero, zero, v, 1, {}).value())[0] == Approx(7));
  // Blocks of two: a sees b, c and d, and the mean of e and f for two.
  const Variable six(zeros({1, 6, 1}, DType::f64));
  const Variable w(tensor_of<double>({1, 6, 1}, {1, 2, 3, 4, 10, 20}));
  CHECK(numbers(attend_hierarchically(six, six, w, 2, {}).value())[0] == Approx(40.0 / 6));
}

TEST_CASE("hierarchical: where blocks hold the same key and value throughout, it is exact",
          "[hierarchical]") {
  constexpr std::int64_t length = 36, block = 4;
  const std::vector<Variable> in = inputs_of(length);
  const Variable k(alike_in_blocks(in[1].value(), block)), v(alike_in_blocks(in[2].value(), block));
  for (const bool causal : {false, true}) {
    const AttentionOptions options{.heads = heads, .mask = {.causal = causal}};
    CHECK(close(attend_hierarchically(in[0], k, v, block, options).value(),
                attend(in[0], k, v, options).value(), 1e-12, 1e-12));
  }
}

TEST_CASE("hierarchical: the kernels equal the definition, values and gradients",
          "[hierarchical]") {
  for (const std::int32_t length : {5, 12, 35, 150})
    for (const std::int64_t d_keys : {d_model, d_model / 2})
      for (const Mask& mask : masks(length))
        for (const double dropout : {0.0, 0.3}) {
          INFO(length << " tokens, keys of " << d_keys << ", causal " << mask.causal);
          const AttentionOptions options{
              .heads = heads, .mask = mask, .dropout = dropout, .key = {.seed = 3}};
          const auto fused = values_and_gradients(
              [&](const auto&... in) { return attend_hierarchically(in..., 3, options); },
              inputs_of(length, d_keys));
          const auto defined = values_and_gradients(
              [&](const auto&... in) {
                return attend_hierarchically_by_definition(in..., 3, options);
              },
              inputs_of(length, d_keys));
          for (std::size_t i = 0; i < fused.size(); ++i)
            CHECK(close(fused[i], defined[i], 1e-10, 1e-10));
        }
}

TEST_CASE("hierarchical: gradients by central differences", "[hierarchical]") {
  for (const bool causal : {false, true}) {
    const AttentionOptions options{
        .heads = heads,
        .mask = {.causal = causal, .key_lengths = tensor_of<std::int32_t>({2}, {7, 9})}};
    const GradcheckReport report = gradcheck(
        [&](const std::vector<Variable>& in) {
          return attend_hierarchically(in[0], in[1], in[2], 2, options);
        },
        inputs_of(9));
    INFO(report.message);
    CHECK(report.passed);
  }
}

TEST_CASE("hierarchical: nothing that a token sees depends on those after it", "[hierarchical]") {
  std::vector<Variable> in = inputs_of(20);
  const AttentionOptions options{.heads = heads, .mask = causal_mask()};
  const Tensor whole = attend_hierarchically(in[0], in[1], in[2], 3, options).value();
  for (const std::int64_t length : {1, 8, 13}) {
    const auto first = [&](const Variable& x) { return Variable(slice(x.value(), 1, 0, length)); };
    const Tensor begun =
        attend_hierarchically(first(in[0]), first(in[1]), first(in[2]), 3, options).value();
    CHECK(close(begun, slice(whole, 1, 0, length), 1e-12, 1e-12));
  }
}

TEST_CASE("hierarchical says what it cannot do", "[hierarchical]") {
  const std::vector<Variable> in = inputs_of(9);
  const auto refusal = [&](const AttentionOptions& options) {
    return message_of([&] { attend_hierarchically(in[0], in[1], in[2], 2, options); });
  };
  CHECK(contains(refusal({.heads = heads, .mask = window_mask({.before = 1})}), "a window"));
  AttentionOptions biased{.heads = heads};
  biased.bias.widths = full({heads}, 3, DType::f64);
  CHECK(contains(refusal(biased), "got a bias by distance"));
  CHECK(contains(message_of([] { HierarchicalAttention(0); }), "expected one or more"));
}
