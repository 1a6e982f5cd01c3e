#include "attention/learned_window.h"

#include <cmath>
#include <numeric>

#include "attention/adaptive_span.h"
#include "attention/multi_head.h"
#include "attention/scaled_dot_product.h"
#include "autograd/gradcheck.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/reduce.h"
#include "nn/optim/adam.h"
#include "tensor/ops/concatenate.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

/// Kernels that run in the emulator are given shorter work.
bool on_gpu() { return default_device().kind == Device::Kind::cuda; }

/// Self-attention with a pattern that the test keeps hold of.
template <class Pattern>
struct Layer : Module {
  explicit Layer(const typename Pattern::Options& options, DType dtype = DType::f64)
      : Layer(options, Initializer(5, dtype)) {}
  void visit(Visitor& visitor) override { visitor("attention", attention); }
  Variable operator()(const Variable& x, const Mask& mask) const { return attention(x, x, mask); }

  Pattern* pattern;
  MultiHeadAttention attention;

 private:
  Layer(const typename Pattern::Options& options, Initializer init)
      : Layer(options, std::make_unique<Pattern>(options, init), init) {}
  Layer(const typename Pattern::Options& options, std::unique_ptr<Pattern> owned, Initializer& init)
      : pattern(owned.get()),
        attention({.d_model = 4 * options.heads, .heads = options.heads}, std::move(owned), init) {}
};
using LearnedWindow = Layer<LearnedWindowAttention>;
using AdaptiveSpan = Layer<AdaptiveSpanAttention>;

/// Which tokens of `answers` change with the first token: 'x', else '.'.
template <class Model>
std::string reach_of_first_token(const Model& model, std::int64_t length, std::int64_t d_model) {
  const Tensor x = normal({1, length, d_model}, 1);
  std::vector<double> other = numbers(x);
  other[0] += 1;
  const Variable before(x), after(tensor_of<double>({1, length, d_model}, other));
  const auto a = numbers(model(before, no_mask()).value()),
             b = numbers(model(after, no_mask()).value());
  std::string rows;
  for (std::int64_t i = 0; i < length; ++i) {
    const auto begin = static_cast<std::ptrdiff_t>(i * d_model);
    rows +=
        std::equal(a.begin() + begin, a.begin() + begin + d_model, b.begin() + begin) ? '.' : 'x';
  }
  return rows;
}

}  // namespace

TEST_CASE("learned window: starts at the width it was given, and is priced by it",
          "[learned_window]") {
  for (const double start : {0.1, 16.0, 200.0}) {
    LearnedWindow layer({.heads = 2, .start = start, .regularization = 0.5});
    for (const double sigma : numbers(layer.pattern->widths().value()))
      CHECK(sigma == Approx(start));
    CHECK(numbers(layer.pattern->regularization_loss().value())[0] == Approx(0.5 * start));
  }
  CHECK(contains(message_of([] { LearnedWindow({.start = 0}); }), "a width of 0 tokens"));
}

TEST_CASE("learned window: gradients by central differences, with its cost", "[learned_window]") {
  LearnedWindow layer({.heads = 2, .start = 1.5, .regularization = 0.1});
  std::vector<Variable> inputs = {Variable::parameter(normal({1, 6, 8}, 1))};
  for (const NamedParameter& parameter : parameters(layer))
    if (!on_gpu() || parameter.name == "attention.pattern.rho")
      inputs.push_back(parameter.variable);
  const GradcheckReport report = gradcheck(
      [&](const std::vector<Variable>& in) {
        return add(mean(multiply(layer(in[0], causal_mask()), in[0])),
                   layer.pattern->regularization_loss());
      },
      inputs, {.atol = 1e-7, .rtol = 1e-5});
  INFO(report.message);
  CHECK(report.passed);
}

TEST_CASE("dropped mass: by hand", "[learned_window]") {
  // All keys match alike. Of 4 keys, those within 1: 2, 3, 3 and 2; within 0: 1 each.
  const Tensor zero = zeros({1, 4, 2}, DType::f64);
  const auto dropped = dropped_mass(zero, zero, {.heads = 2}, {1, 0});
  CHECK(dropped[0] == Approx(1 - 10 / 16.0));
  CHECK(dropped[1] == Approx(1 - 4 / 16.0));
  CHECK(dropped_mass(zero, zero, {.heads = 2}, {3, 3})[0] == Approx(0).margin(1e-12));
}

TEST_CASE("dropped mass is what the attention weights say", "[learned_window]") {
  const std::int64_t length = 40;
  const Tensor q = normal({2, length, 8}, 1), k = normal({2, length, 8}, 2);
  const AttentionOptions options{.heads = 2, .mask = causal_mask()};
  const auto weights = numbers(attention_weights(q, k, options));
  const std::vector<std::int64_t> reach = {3, 17};
  std::vector<double> expected(2);
  for (std::int64_t n = 0; n < static_cast<std::int64_t>(weights.size()); ++n) {
    const std::int64_t j = n % length, i = n / length % length, head = n / length / length % 2;
    if (std::abs(i - j) > reach[head]) expected[head] += weights[n] / (2 * length);
  }
  const auto dropped = dropped_mass(q, k, options, reach);
  CHECK(dropped[0] == Approx(expected[0]));
  CHECK(dropped[1] == Approx(expected[1]));
}

TEST_CASE("the reach that is chosen is the shortest that keeps enough", "[learned_window]") {
  const Tensor q = normal({1, 70, 8}, 1, DType::f32), k = normal({1, 70, 8}, 2, DType::f32);
  AttentionOptions options{.heads = 2};
  options.bias.widths = cast(tensor_of<double>({2}, {1, 9}), DType::f32);
  const auto reach = choose_reach(q, k, options, 1e-2, 2);
  CHECK(reach[0] < reach[1]);
  const auto enough = dropped_mass(q, k, options, reach);
  const auto shorter = dropped_mass(q, k, options, {reach[0] - 2, reach[1] - 2});
  for (const std::size_t head : {0, 1}) {
    CHECK(reach[head] % 2 == 0);
    CHECK(enough[head] <= 1e-2);
    CHECK(shorter[head] > 1e-2);
  }
  CHECK(choose_reach(q, k, {.heads = 2}, 0, 32) == std::vector<std::int64_t>{96, 96});
}

TEST_CASE("learned window: frozen, each head is cut off at its reach", "[learned_window]") {
  LearnedWindow layer({.heads = 2, .start = 5});
  CHECK(reach_of_first_token(layer, 8, 8) == "xxxxxxxx");
  layer.pattern->freeze_width({2, 4});
  CHECK(reach_of_first_token(layer, 8, 8) == "xxxxx...");
  const Variable x = Variable::parameter(normal({1, 8, 8}, 1));
  backward(sum(layer(x, no_mask())));
  CHECK(!parameters(layer).back().variable.has_gradient());
  CHECK(x.has_gradient());
  CHECK(contains(message_of([&] { layer.pattern->freeze_width({1, 2, 3}); }), "for 3 heads"));
}

TEST_CASE("learned window: measured, reported, frozen", "[learned_window]") {
  LearnedWindow layer({.heads = 2, .start = 2}, DType::f32);
  const Variable x(normal({2, 200, 8}, 1, DType::f32));
  const auto run = [&] { layer(x, causal_mask()); };
  const Tensor before = layer(x, causal_mask()).value();
  const auto measured = measure_windows(layer, run, 1e-4);
  REQUIRE(measured.size() == 1);
  CHECK(measured[0].name == "attention.pattern");
  REQUIRE(measured[0].heads.size() == 2);
  for (const HeadWindow& head : measured[0].heads) {
    CHECK(head.sigma == Approx(2));
    CHECK(head.effective_tokens == Approx(std::sqrt(2 * 3.14159265)).epsilon(1e-5));
    CHECK(head.reach == 32);
    CHECK(head.dropped_mass <= 1e-4);
    // 200 · 201 / 2 pairs before, 33 · 200 − 32 · 33 / 2 after; 4 operations for each of 2 · 4.
    CHECK(head.cost_before == Approx(4 * 8 * 20100));
    CHECK(head.cost_after == Approx(4 * 8 * 6072));
  }
  // Of several calls, a head is cut where the one that needs most still loses little.
  const Variable shorter(normal({2, 20, 8}, 2, DType::f32));
  const auto twice = measure_windows(
      layer, [&] { layer(shorter, causal_mask()), run(); }, 1e-4);
  CHECK(twice[0].heads[0].reach == 32);
  CHECK(twice[0].heads[0].cost_before == Approx(4 * 8 * (20100 + 210)));
  freeze_widths(measured);
  CHECK(layer.pattern->frozen());
  CHECK(close(layer(x, causal_mask()).value(), before, 1e-3, 1e-3));
  const auto again = measure_windows(layer, run, 0);
  CHECK(again[0].heads[0].reach == 32);  // frozen: nothing is chosen any more
  CHECK(again[0].heads[0].dropped_mass <= 1e-4);
}

TEST_CASE("learned window: the width that pays is found", "[learned_window][slow]") {
  // Every token is asked for the one before it: far looks only cost.
  LearnedWindow layer({.heads = 1, .start = 16, .regularization = 1e-3});
  Adam adam(parameters(layer), {});
  const Tensor x = normal({4, 40, 4}, 1),
               target = concatenate({zeros({4, 1, 4}, DType::f64), slice(x, 1, 0, 39)}, 1);
  for (int step = 0; step < 300; ++step) {
    adam.zero_gradients();
    const Variable in(x), difference = subtract(layer(in, causal_mask()), Variable(target));
    backward(add(mean(multiply(difference, difference)), layer.pattern->regularization_loss()));
    adam.step({.learning_rate = 0.05});
  }
  CHECK(numbers(layer.pattern->widths().value())[0] < 8);
}

TEST_CASE("adaptive span: a head sees what its ramp leaves, and nothing beyond",
          "[learned_window]") {
  AdaptiveSpan layer(
      {.heads = 2, .longest = 10, .ramp = 3, .start = 0.2, .regularization = 0.5});  // z = 2
  CHECK(layer.pattern->reach() == std::vector<std::int64_t>{4, 4});
  CHECK(reach_of_first_token(layer, 8, 8) == "xxxxx...");
  CHECK(numbers(layer.pattern->regularization_loss().value())[0] == Approx(1));
}

TEST_CASE("adaptive span: the ratio stays a ratio", "[learned_window]") {
  AdaptiveSpan layer({.heads = 3});
  Variable ratio = parameters(layer).back().variable;
  ratio.mutable_value().copy_from(tensor_of<double>({3}, {-0.1, 0.4, 1.7}));
  after_step(layer);
  CHECK(numbers(ratio.value()) == std::vector<double>{0, 0.4, 1});
  CHECK(numbers(layer.pattern->spans().value())[1] == Approx(0.4 * 1024));
  CHECK(contains(message_of([] { AdaptiveSpan({.start = 2}); }), "starts at 2"));
}

TEST_CASE("adaptive span: gradients by central differences", "[learned_window]") {
  AdaptiveSpan layer({.heads = 2, .longest = 10, .ramp = 3, .start = 0.13, .regularization = 0.1});
  const GradcheckReport report = gradcheck(
      [&](const std::vector<Variable>& in) {
        return add(mean(multiply(layer(in[0], no_mask()), in[0])),
                   layer.pattern->regularization_loss());
      },
      {Variable::parameter(normal({1, 6, 8}, 1)), parameters(layer).back().variable},
      {.atol = 1e-7, .rtol = 1e-5});
  INFO(report.message);
  CHECK(report.passed);
}
