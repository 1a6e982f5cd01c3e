#include "attention/window.h"

#include <cmath>
#include <string>

#include "attention/scaled_dot_product.h"
#include "autograd/gradcheck.h"
#include "tensor/ops/concatenate.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

/// Kernels that run in the emulator are given shorter work.
bool on_gpu() { return default_device().kind == Device::Kind::cuda; }

using Attend = Variable (*)(const Variable&, const Variable&, const Variable&,
                            const AttentionOptions&);

/// The output and the gradients dq, dk, dv of self-attention over random tokens.
std::vector<Tensor> values_and_gradients(Attend attend, const Shape& shape, DType dtype,
                                         const AttentionOptions& options) {
  const Variable q = Variable::parameter(normal(shape, 1, dtype)),
                 k = Variable::parameter(normal(shape, 2, dtype)),
                 v = Variable::parameter(normal(shape, 3, dtype));
  const Variable output = attend(q, k, v, options);
  backward(output, normal(shape, 4, dtype));
  return {output.value(), q.gradient(), k.gradient(), v.gradient()};
}

void expect_three_alike(std::int64_t length, DType dtype, const Mask& mask) {
  const double tolerance = dtype == DType::f64 ? 1e-10 : 1e-5;
  const AttentionOptions options{.heads = 2, .mask = mask};
  const Shape shape{2, length, 2 * 4};
  const auto kernel = values_and_gradients(attend, shape, dtype, options);
  const auto diagonals = values_and_gradients(attend_window_by_diagonals, shape, dtype, options);
  const auto expect_like_kernel = [&](const std::vector<Tensor>& others, const char* name) {
    for (std::size_t i = 0; i < kernel.size(); ++i) {
      INFO(name << ", output dq dk dv: number " << i << ", length " << length << ", before "
                << mask.window->before << ", after " << mask.window->after << ", dilation "
                << mask.window->dilation << ", causal " << mask.causal << ", padded "
                << mask.key_lengths.defined());
      REQUIRE(close(others[i], kernel[i], tolerance, tolerance));
    }
  };
  expect_like_kernel(diagonals, "diagonals");
  if (mask.window->dilation == 1)
    expect_like_kernel(values_and_gradients(attend_window_by_chunks, shape, dtype, options),
                       "chunks");
}

void compare_at(std::int64_t length, const Window& window) {
  const auto half = static_cast<std::int32_t>((length + 1) / 2);
  const Tensor lengths = tensor_of<std::int32_t>({2}, {half, static_cast<std::int32_t>(length)});
  for (const bool causal : {false, true})
    for (const Tensor& padding : {Tensor(), lengths})
      for (const DType dtype : {DType::f32, DType::f64})
        expect_three_alike(length, dtype, {causal, padding, window});
}

/// The layer, with numbers in all its biases.
MultiHeadAttention make_layer(const Window& window, double dropout = 0) {
  Initializer init(5, DType::f64);
  MultiHeadAttention layer =
      make_window_attention({.d_model = 8, .heads = 2, .dropout = dropout}, window, init);
  std::uint32_t site = 10;
  for (NamedParameter& parameter : parameters(layer))
    parameter.variable.set_value(normal(parameter.variable.shape(), site++));
  return layer;
}

}  // namespace

TEST_CASE("a window of one token is the token's own value", "[window]") {
  const AttentionOptions options{.heads = 2, .mask = window_mask({})};
  for (const Attend attend :
       {&lectern::attend, &attend_window_by_diagonals, &attend_window_by_chunks}) {
    const Variable x(normal({1, 5, 4}, 1)), v(normal({1, 5, 4}, 2));
    CHECK(close(attend(x, x, v, options).value(), v.value(), 1e-14, 1e-14));
  }
}

TEST_CASE("a window as long as the sequence is exact attention", "[window]") {
  const Variable q(normal({2, 9, 8}, 1)), k(normal({2, 9, 8}, 2)), v(normal({2, 9, 8}, 3));
  const Tensor exact = attend(q, k, v, {.heads = 2}).value();
  const AttentionOptions options{.heads = 2, .mask = window_mask({.before = 8, .after = 1000})};
  for (const Attend attend :
       {&lectern::attend, &attend_window_by_diagonals, &attend_window_by_chunks})
    CHECK(close(attend(q, k, v, options).value(), exact, 1e-12, 1e-12));
}

TEST_CASE("kernel, diagonals and chunks agree, values and gradients", "[window]") {
  using Numbers = std::vector<std::int64_t>;
  for (const std::int64_t length : on_gpu() ? Numbers{1, 33} : Numbers{1, 2, 7, 16, 33, 70}) {
    for (const std::int64_t before : on_gpu() ? Numbers{3} : Numbers{0, 1, 3, 8})
      for (const std::int64_t after : on_gpu() ? Numbers{0, 2} : Numbers{0, 2, 5})
        compare_at(length, {before, after});
    compare_at(length, {.before = 2, .after = 3, .dilation = 2});
    compare_at(length, {.before = 4, .dilation = 3});
  }
}

TEST_CASE("kernel, diagonals and chunks agree at every length and width", "[window][slow]") {
  for (std::int64_t length = 1; length <= 24; ++length)
    for (std::int64_t before = 0; before <= length; ++before)
      for (const std::int64_t after : {std::int64_t{0}, std::int64_t{1}, before})
        for (const std::int64_t dilation : {1, 2, 5}) compare_at(length, {before, after, dilation});
}

TEST_CASE("the readable algorithms for windows say what they do not take", "[window]") {
  const Variable x(normal({1, 5, 4}, 1));
  CHECK(contains(message_of([&] { attend_window_by_diagonals(x, x, x, {}); }), "attend() takes"));
  CHECK(contains(
      message_of([&] { attend_window_by_chunks(x, x, x, {.mask = window_mask({.globals = 1})}); }),
      "without global tokens"));
  CHECK(contains(message_of([&] {
                   attend_window_by_chunks(x, x, x, {.mask = window_mask({1, 1, 2})});
                 }),
                 "chunks cannot be dilated"));
}

TEST_CASE("window attention: without global tokens, the layer is attention through the mask",
          "[window]") {
  const Window window{.before = 3, .after = 1};
  MultiHeadAttention layer = make_layer(window);
  Initializer init(5, DType::f64);
  MultiHeadAttention plain({.d_model = 8, .heads = 2}, init);
  std::uint32_t site = 10;
  for (NamedParameter& parameter : parameters(plain))
    parameter.variable.set_value(normal(parameter.variable.shape(), site++));
  const Variable x(normal({2, 11, 8}, 1));
  const Tensor lengths = tensor_of<std::int32_t>({2}, {6, 11});
  for (const bool causal : {false, true})
    CHECK(same_bits(layer(x, x, {causal, lengths}).value(),
                    plain(x, x, {causal, lengths, window}).value()));
}

TEST_CASE("global tokens: projections of their own, which start as copies", "[window]") {
  Initializer init(5, DType::f64);
  const Window window{.before = 2, .after = 2, .globals = 2};
  MultiHeadAttention layer = make_window_attention({.d_model = 8, .heads = 2}, window, init);
  std::vector<NamedParameter> all = parameters(layer);
  REQUIRE(all.size() == 14);
  CHECK(all[8].name == "pattern.query.weight");
  for (std::size_t i = 0; i < 6; ++i)
    CHECK(same_bits(all[i].variable.value(), all[8 + i].variable.value()));

  // While they are copies, a global token sees what exact attention would show it.
  Initializer again(5, DType::f64);
  const Variable x(normal({1, 9, 8}, 1));
  MultiHeadAttention exact({.d_model = 8, .heads = 2}, again);
  const std::vector<NamedParameter> of_exact = parameters(exact);
  for (std::size_t i = 0; i < 8; ++i) {
    Variable parameter = of_exact[i].variable;
    parameter.set_value(all[i].variable.value());
  }
  const Tensor y = layer(x, x, no_mask()).value(), z = exact(x, x, no_mask()).value();
  CHECK(close(slice(y, 1, 0, 2), slice(z, 1, 0, 2), 1e-12, 1e-12));
  CHECK(!close(slice(y, 1, 2, 9), slice(z, 1, 2, 9), 1e-3, 1e-3));

  // The others do not notice their projections; they themselves do.
  all[8].variable.set_value(normal({8, 8}, 3));
  const Tensor other = layer(x, x, no_mask()).value();
  CHECK(same_bits(slice(other, 1, 2, 9), slice(y, 1, 2, 9)));
  CHECK(!close(slice(other, 1, 0, 2), slice(y, 1, 0, 2), 1e-3, 1e-3));
}

TEST_CASE("global tokens: everybody sees them, and they see everybody", "[window]") {
  MultiHeadAttention layer = make_layer({.before = 1, .after = 1, .globals = 1});
  const Tensor x = normal({1, 12, 8}, 1);
  const auto answers = [&](const Tensor& tokens, const Mask& mask) {
    const Variable x_of_all(tokens);
    return numbers(layer(x_of_all, x_of_all, mask).value());
  };
  const auto changed_rows = [&](std::int64_t token, const Mask& mask) {
    std::vector<double> other = numbers(x);
    other[static_cast<std::size_t>(token * 8)] += 1;
    const Tensor moved = tensor_of<double>({1, 12, 8}, other);
    const auto before = answers(x, mask), after = answers(moved, mask);
    std::string rows;
    for (std::size_t i = 0; i < 12; ++i) rows += before[i * 8] == after[i * 8] ? '.' : 'x';
    return rows;
  };
  CHECK(changed_rows(0, no_mask()) == "xxxxxxxxxxxx");
  CHECK(changed_rows(6, no_mask()) == "x....xxx....");
  CHECK(changed_rows(0, causal_mask()) == "xxxxxxxxxxxx");
  CHECK(changed_rows(6, causal_mask()) == "......xx....");
  CHECK(changed_rows(11, padding_mask(tensor_of<std::int32_t>({1}, {11}))) == "...........x");
}

TEST_CASE("window attention: gradients by central differences, with global tokens and dropout",
          "[window]") {
  MultiHeadAttention layer = make_layer({.before = 1, .after = 1, .globals = 2}, 0.3);
  train(layer, {.seed = 6, .step = 1});
  const Mask mask =
      GENERATE(no_mask(), causal_mask(), padding_mask(tensor_of<std::int32_t>({2}, {1, 4})));
  std::vector<Variable> inputs = {Variable::parameter(normal({2, 5, 8}, 1))};
  if (!on_gpu())
    for (const NamedParameter& parameter : parameters(layer)) inputs.push_back(parameter.variable);
  const GradcheckReport report =
      gradcheck([&](const std::vector<Variable>& in) { return layer(in[0], in[0], mask); }, inputs,
                {.atol = 1e-7, .rtol = 1e-5});
  INFO(report.message);
  CHECK(report.passed);
}

TEST_CASE("window attention: sequences shorter than the global tokens", "[window]") {
  MultiHeadAttention layer = make_layer({.before = 1, .globals = 4});
  for (const std::int64_t length : {1, 3, 4, 5}) {
    const Variable x(normal({2, length, 8}, 1));
    CHECK(layer(x, x, no_mask()).shape() == Shape{2, length, 8});
    CHECK(layer(x, x, causal_mask()).shape() == Shape{2, length, 8});
  }
}
