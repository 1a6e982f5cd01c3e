#include "attention/dynamic_convolution.h"

#include <cmath>

#include "attention/multi_head.h"
#include "autograd/gradcheck.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/permute.h"
#include "tests/attention/read_in_blocks.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

constexpr std::int64_t d_model = 6;
constexpr int heads = 2;

std::unique_ptr<DynamicConvolutionAttention> convolution(std::int64_t kernel_size) {
  Initializer init(5, DType::f64);
  return std::make_unique<DynamicConvolutionAttention>(
      DynamicConvolutionAttention::Options{
          .d_model = d_model, .heads = heads, .kernel_size = kernel_size},
      init);
}

ProjectedTokens tokens_of(std::int64_t batch, std::int64_t length) {
  const auto drawn = [&](std::uint32_t site) {
    return Variable::parameter(normal({batch, length, d_model}, site));
  };
  const Variable queries = drawn(2);
  return {drawn(1), queries, queries, drawn(4)};
}

std::vector<Mask> masks() {
  const Tensor lengths = tensor_of<std::int32_t>({2}, {3, 40});
  return {no_mask(), causal_mask(), padding_mask(lengths), causal_padding_mask(lengths)};
}

}  // namespace

TEST_CASE("dynamic convolution: three taps, by hand", "[dynamic_convolution]") {
  Initializer init(5, DType::f64);
  DynamicConvolutionAttention pattern({.d_model = 1, .heads = 1, .kernel_size = 3}, init);
  // A query of 1 weighs the taps 1 : 2 : 4, one of 0 all alike.
  parameters(pattern)[0].variable.set_value(
      tensor_of<double>({1, 3, 1}, {0, std::log(2.0), std::log(4.0)}));
  const Variable queries(tensor_of<double>({1, 3, 1}, {1, 0, 1}));
  const Variable values(tensor_of<double>({1, 3, 1}, {3, 6, 12}));
  const ProjectedTokens tokens{queries, queries, queries, values};
  const auto around = numbers(pattern(tokens, {}).value());
  CHECK(around[0] == Approx((2 * 3 + 4 * 6) / 6.0));  // the first tap lies before the sequence
  CHECK(around[1] == Approx(7));
  CHECK(around[2] == Approx((1 * 6 + 2 * 12) / 3.0));
  const auto causal = numbers(pattern(tokens, {.mask = causal_mask()}).value());
  CHECK(causal[0] == Approx(3));
  CHECK(causal[1] == Approx(4.5));
  CHECK(causal[2] == Approx((3 + 2 * 6 + 4 * 12) / 7.0));
}

TEST_CASE("dynamic convolution: its weights are rows of probabilities, and what it takes values by",
          "[dynamic_convolution]") {
  for (const std::int64_t kernel_size : {1, 2, 5, 40, 90})
    for (const Mask& mask : masks()) {
      INFO(kernel_size << " taps, causal " << mask.causal);
      const auto pattern = convolution(kernel_size);
      const ProjectedTokens tokens = tokens_of(2, 40);
      const AttentionOptions options{.heads = heads, .mask = mask};
      const Tensor weights = pattern->weights(tokens, options);
      REQUIRE(weights.shape() == Shape{2, heads, 40, 40});
      const auto w = numbers(weights);
      for (std::size_t row = 0; row < w.size() / 40; ++row) {
        const std::size_t i = row % 40, real = mask.key_lengths.defined() && row < 80 ? 3 : 40;
        double sum = 0;
        for (std::size_t j = 0; j < 40; ++j) {
          sum += w[row * 40 + j];
          if (j >= real || (mask.causal && j > i)) REQUIRE(w[row * 40 + j] == 0);
        }
        if (i < real) REQUIRE(sum == Approx(1));
      }
      const Variable values = split_heads(tokens.values, heads);
      CHECK(close(merge_heads(matmul(Variable(weights), values)).value(),
                  (*pattern)(tokens, options).value(), 1e-12, 1e-12));
    }
}

TEST_CASE("dynamic convolution: gradients by central differences", "[dynamic_convolution]") {
  for (const bool causal : {false, true}) {
    const auto pattern = convolution(4);
    const ProjectedTokens tokens = tokens_of(2, 5);
    const AttentionOptions options{
        .heads = heads,
        .mask = {.causal = causal, .key_lengths = tensor_of<std::int32_t>({2}, {3, 5})},
        .dropout = 0.2,
        .key = {.seed = 4}};
    const GradcheckReport report = gradcheck(
        [&](const std::vector<Variable>& in) {
          return (*pattern)({tokens.x, in[0], in[0], in[1]}, options);
        },
        {tokens.queries, tokens.values, parameters(*pattern)[0].variable});
    INFO(report.message);
    CHECK(report.passed);
  }
}

TEST_CASE("dynamic convolution: token by token and in blocks as the whole at once",
          "[dynamic_convolution]") {
  for (const std::int64_t kernel_size : {1, 3, 31}) {
    Initializer init(6, DType::f64);
    MultiHeadAttention attention({.d_model = d_model, .heads = heads}, convolution(kernel_size),
                                 init);
    CHECK(parameters(attention).size() == 7);  // no projection of keys
    evaluate(attention);
    const Tensor x = normal({2, 40, d_model}, 1);
    const Variable tokens(x);
    const Tensor whole = attention(tokens, tokens, causal_mask()).value();
    for (const std::int64_t block : {1, 7, 40})
      CHECK(close(read_in_blocks(attention, x, block), whole, 1e-12, 1e-12));
  }
}

TEST_CASE("dynamic convolution says what it cannot do", "[dynamic_convolution]") {
  const auto pattern = convolution(3);
  const auto refusal = [&](const AttentionOptions& options) {
    return message_of([&] { (*pattern)(tokens_of(1, 4), options); });
  };
  CHECK(contains(refusal({.heads = heads, .mask = window_mask({.before = 1})}), "leave it out"));
  AttentionOptions biased{.heads = heads};
  biased.bias.widths = full({heads}, 3, DType::f64);
  CHECK(contains(refusal(biased), "got a bias by distance"));
  CHECK(contains(message_of([] { convolution(0); }), "expected one or more"));
}
