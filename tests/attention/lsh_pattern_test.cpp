#include <cmath>

#include "attention/lsh.h"
#include "attention/multi_head.h"
#include "tests/attention/read_in_blocks.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

bool on_gpu() { return default_device().kind == Device::Kind::cuda; }

MultiHeadAttention make_attention(const LshOptions& lsh, std::int64_t d_model = 32, int heads = 2,
                                  double dropout = 0) {
  Initializer init(5, DType::f32);
  return MultiHeadAttention({.d_model = d_model, .heads = heads, .dropout = dropout},
                            std::make_unique<LshAttention>(lsh), init);
}

Tensor output_of(const MultiHeadAttention& attention, const Tensor& x) {
  const Variable input(x);
  return attention(input, input, causal_mask()).value();
}

/// The largest difference, relative to numbers around one.
double difference(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = numbers(a), y = numbers(b);
  double largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!(std::abs(x[i] - y[i]) <= largest)) largest = std::abs(x[i] - y[i]);
  return largest;
}

}  // namespace

TEST_CASE("strictly causal LSH: 200 tokens, one at a time, are the forward pass", "[lsh]") {
  const std::int64_t length = on_gpu() ? 40 : 200;
  const LshOptions lsh{.rule = CandidateRule::same_bucket,
                       .rounds = 4,
                       .window = 12,
                       .buckets = 8,
                       .exact_below = 0};
  MultiHeadAttention attention = make_attention(lsh);
  evaluate(attention);
  const Tensor x = normal({3, length, 32}, 1, DType::f32);
  CHECK(difference(read_in_blocks(attention, x, 1), output_of(attention, x)) <= 1e-5);
}

TEST_CASE("LSH attention below the crossover decodes exactly, by either rule", "[lsh]") {
  const std::int64_t length = on_gpu() ? 12 : 60;
  for (const CandidateRule rule : {CandidateRule::chunks, CandidateRule::same_bucket}) {
    MultiHeadAttention attention = make_attention({.rule = rule});
    evaluate(attention);
    const Tensor x = normal({2, length, 32}, 1, DType::f32);
    CHECK(difference(read_in_blocks(attention, x, 1), output_of(attention, x)) <= 1e-5);
  }
}

TEST_CASE("LSH attention by chunks cannot go on token by token, and says why", "[lsh]") {
  MultiHeadAttention attention = make_attention({.exact_below = 0});
  CHECK(contains(message_of([&] { attention.start(100); }), "tokens after it"));
}

TEST_CASE("LSH attention is exact below its crossover, and hashes from there on", "[lsh]") {
  const Tensor x = normal({1, 48, 32}, 1, DType::f32);
  const LshOptions small{.rounds = 1, .chunk = 4, .buckets = 8};
  LshOptions never = small, always = small, at = small;
  never.exact_below = 0, always.exact_below = 1000, at.exact_below = 48;
  CHECK(exact_below({.rounds = 4, .chunk = 64}) > 256);
  const auto output = [&](const LshOptions& lsh) { return output_of(make_attention(lsh), x); };
  CHECK(!same_bits(output(never), output(always)));
  CHECK(same_bits(output(never), output(at)));
}

TEST_CASE("LSH attention hashes anew in every step, and as before in the same step", "[lsh]") {
  const Tensor x = normal({1, 48, 32}, 1, DType::f32);
  MultiHeadAttention attention =
      make_attention({.rounds = 1, .chunk = 4, .buckets = 8, .exact_below = 0});
  const auto in_step = [&](std::uint32_t step) {
    train(attention, {.seed = 3, .step = step});
    return output_of(attention, x);
  };
  const Tensor first = in_step(1), second = in_step(2);
  CHECK(!same_bits(first, second));
  CHECK(same_bits(first, in_step(1)));
  evaluate(attention);
  CHECK(same_bits(output_of(attention, x), output_of(attention, x)));
}

TEST_CASE("LSH attention has no projection of keys, and all others learn", "[lsh]") {
  MultiHeadAttention attention =
      make_attention({.rounds = 2, .chunk = 8, .exact_below = 0}, 16, 2, 0.1);
  train(attention, {.seed = 3, .step = 1});
  const Variable x(normal({2, 40, 16}, 1, DType::f32));
  backward(attention(x, x, causal_mask()), normal({2, 40, 16}, 2, DType::f32));
  std::vector<std::string> names;
  for (const NamedParameter& parameter : parameters(attention)) {
    names.push_back(parameter.name);
    CHECK(parameter.variable.has_gradient());
  }
  CHECK(names == std::vector<std::string>{"query.weight", "query.bias", "value.weight",
                                          "value.bias", "output.weight", "output.bias"});
}

TEST_CASE("LSH in training: directions of the step, drawn where the step's number can be read",
          "[lsh]") {
  // Where a GPU keeps the step: the host must not look there.
  const auto* elsewhere = reinterpret_cast<const std::uint32_t*>(std::uintptr_t{64});
  LshAttention attention({.exact_below = 0});
  attention.set_mode(
      {.training = true, .key = {.seed = 1, .step = 7, .site = 3, .step_on_device = elsewhere}});
  CHECK(attention.key().step_on_device == nullptr);
  CHECK(attention.key().step == 7);
  CHECK(attention.key().site == 3);
}
