#include "autograd/gradcheck.h"
#include "autograd/ops/apply.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/cast.h"
#include "autograd/ops/compare.h"
#include "autograd/ops/concatenate.h"
#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/dropout.h"
#include "autograd/ops/gather.h"
#include "autograd/ops/layer_norm.h"
#include "autograd/ops/linear_cross_entropy.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/permute.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/softmax.h"
#include "tensor/ops/linear_cross_entropy.h"
#include "tensor/ops/pointwise.h"
#include "tests/catch.h"
#include "tests/tensor/every_formula.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

// Every op's derivative against central differences, in double precision.

namespace {

using Inputs = const std::vector<Variable>&;

Variable parameter(const Shape& shape, std::uint32_t site) {
  return Variable::parameter(normal(shape, site));
}

/// A parameter of numbers between 0.5 and 2.
Variable positive(const Shape& shape, std::uint32_t site) {
  return Variable::parameter(random_uniform(shape, 0.5, 2, RandomKey{.site = site}, DType::f64));
}

void expect_right_gradient(const VariableFunction& function, const std::vector<Variable>& inputs) {
  const GradcheckReport report = gradcheck(function, inputs, {.atol = 1e-8, .rtol = 1e-7});
  INFO(report.message);
  CHECK(report.passed);
}

}  // namespace

TEST_CASE("gradient: arithmetic, with and without broadcasting") {
  const std::vector<std::pair<Shape, Shape>> shapes = {
      {{2, 3}, {2, 3}}, {{2, 3}, {3}}, {{3}, {2, 3}}, {{2, 3}, {}}, {{2, 1, 3}, {4, 1}}};
  for (const auto& [a, b] : shapes) {
    const std::vector<Variable> inputs = {parameter(a, 1), positive(b, 2)};
    expect_right_gradient([](Inputs in) { return add(in[0], in[1]); }, inputs);
    expect_right_gradient([](Inputs in) { return subtract(in[0], in[1]); }, inputs);
    expect_right_gradient([](Inputs in) { return multiply(in[0], in[1]); }, inputs);
    expect_right_gradient([](Inputs in) { return divide(in[0], in[1]); }, inputs);
  }
  expect_right_gradient([](Inputs in) { return scale(in[0], -3); }, {parameter({4}, 1)});
}

TEST_CASE("gradient: arithmetic with a constant operand") {
  const Variable constant(normal({3}, 9));
  using Operation = Variable (*)(const Variable&, const Variable&, Where);
  const auto here = Where::current();
  for (const Operation op :
       {Operation{add}, Operation{subtract}, Operation{multiply}, Operation{divide}}) {
    expect_right_gradient([&](Inputs in) { return op(in[0], constant, here); },
                          {parameter({2, 3}, 1)});
    expect_right_gradient([&](Inputs in) { return op(constant, in[0], here); },
                          {positive({2, 3}, 1)});
  }
}

TEST_CASE("gradient: every function of one number, by the input or the output that it keeps") {
  for (const Formula& formula : every_formula()) {
    INFO(name_of(formula));
    const auto function = [&](Inputs in) { return pointwise(formula, in[0]); };
    expect_right_gradient(function, {positive({7}, 1)});
    if (takes_negative(formula)) expect_right_gradient(function, {parameter({7}, 2)});
    CHECK(function({positive({2}, 1)}).made_by()->name == name_of(formula));
  }
}

TEST_CASE("gradient: maximum and where, with broadcasting") {
  expect_right_gradient([](Inputs in) { return maximum(in[0], in[1]); },
                        {parameter({2, 3}, 1), parameter({3}, 2)});
  expect_right_gradient([](Inputs in) { return maximum(in[0], 0.1); }, {parameter({5}, 1)});
  const Tensor condition = tensor_of<double>({2, 1}, {1, 0});
  expect_right_gradient([&](Inputs in) { return where(condition, in[0], in[1]); },
                        {parameter({2, 3}, 1), parameter({3}, 2)});
}

TEST_CASE("gradient: mean, variance and maximum along an axis") {
  for (const int axis : {0, 1, -1})
    for (const KeepAxis keep : {KeepAxis::no, KeepAxis::yes}) {
      const std::vector<Variable> x = {parameter({2, 3, 4}, 1)};
      expect_right_gradient([&](Inputs in) { return sum_axis(in[0], axis, keep); }, x);
      expect_right_gradient([&](Inputs in) { return mean_axis(in[0], axis, keep); }, x);
      expect_right_gradient([&](Inputs in) { return variance_axis(in[0], axis, keep); }, x);
      expect_right_gradient([&](Inputs in) { return max_axis(in[0], axis, keep); }, x);
    }
  const Variable equal = Variable::parameter(full({1, 2}, 1, DType::f64));
  backward(sum(max_axis(equal, 1)));
  CHECK(equal.gradient().to_vector<double>() == std::vector<double>{0.5, 0.5});
}

TEST_CASE("layer normalisation on one line is layer_norm") {
  const Variable x = parameter({2, 3, 6}, 1), w = parameter({6}, 2), b = parameter({6}, 3);
  const auto by_definition = [](Inputs in) {
    const Variable& v = in[0];
    return (v - mean_axis(v, -1, KeepAxis::yes)) /
               sqrt(variance_axis(v, -1, KeepAxis::yes) + 1e-5) * in[1] +
           in[2];
  };
  CHECK(close(by_definition({x, w, b}).value(), layer_norm(x, w, b).value(), 1e-12, 1e-12));
  expect_right_gradient(by_definition, {x, w, b});
}

TEST_CASE("gradient: stack, select, dot and outer") {
  for (const int axis : {0, 1, -1})
    expect_right_gradient(
        [&](Inputs in) {
          return stack({in[0], in[1]}, axis);
        },
        {parameter({2, 3}, 1), parameter({2, 3}, 2)});
  for (const std::int64_t index : {0, 1, -1})
    expect_right_gradient([&](Inputs in) { return select(in[0], 1, index); },
                          {parameter({2, 3, 2}, 1)});
  const std::vector<Variable> two = {parameter({3}, 1), parameter({3}, 2)};
  expect_right_gradient([](Inputs in) { return dot(in[0], in[1]); }, two);
  expect_right_gradient([](Inputs in) { return outer(in[0], in[1]); },
                        {parameter({3}, 1), parameter({4}, 2)});
}

TEST_CASE("apply: a function of one's own in one line, and its gradient") {
  const auto cube = [](const Variable& x) {
    return apply(
        "cube", x, [](double t) { return t * t * t; }, [](double t) { return 3 * t * t; });
  };
  expect_right_gradient([&](Inputs in) { return cube(in[0]); }, {parameter({5}, 1)});
  const Variable y = cube(Variable::parameter(tensor_of<float>({2}, {2, -1})));
  CHECK(y.value().to_vector<float>() == std::vector<float>{8, -1});
  CHECK(y.made_by()->name == "cube");
}

TEST_CASE("gradient: reductions") {
  expect_right_gradient([](Inputs in) { return sum(in[0]); }, {parameter({2, 3}, 1)});
  expect_right_gradient([](Inputs in) { return mean(in[0]); }, {parameter({2, 3}, 1)});
  for (int axis = -1; axis < 3; ++axis)
    expect_right_gradient([axis](Inputs in) { return sum_axis(in[0], axis); },
                          {parameter({2, 3, 4}, 1)});
}

TEST_CASE("gradient: axes, heads, shapes") {
  expect_right_gradient(
      [](Inputs in) {
        return permute(in[0], {2, 0, 1});
      },
      {parameter({2, 3, 4}, 1)});
  expect_right_gradient([](Inputs in) { return transpose(in[0]); }, {parameter({2, 3, 4}, 1)});
  expect_right_gradient([](Inputs in) { return split_heads(in[0], 2); }, {parameter({2, 3, 4}, 1)});
  expect_right_gradient([](Inputs in) { return merge_heads(in[0]); }, {parameter({2, 2, 3, 2}, 1)});
  expect_right_gradient([](Inputs in) { return reshape(in[0], {3, -1}); }, {parameter({2, 3}, 1)});
}

TEST_CASE("gradient: joining and cutting") {
  for (const int axis : {0, 1, -1}) {
    const std::vector<Variable> parts = {parameter({2, 2, 2}, 1), parameter({2, 2, 2}, 2)};
    expect_right_gradient(
        [axis](Inputs in) {
          return concatenate({in[1], in[0], in[1]}, axis);
        },
        parts);
    expect_right_gradient([axis](Inputs in) { return slice(in[0], axis, 1, 2); }, {parts[0]});
  }
}

TEST_CASE("gradient: softmax and its logarithm, masked and not") {
  expect_right_gradient([](Inputs in) { return softmax(in[0]); }, {parameter({3, 5}, 1)});
  expect_right_gradient([](Inputs in) { return log_softmax(in[0]); }, {parameter({3, 5}, 1)});
  const double hidden = -std::numeric_limits<double>::infinity();
  // The second row is masked altogether.
  const Tensor mask = tensor_of<double>({2, 3}, {hidden, 0, 0, hidden, hidden, hidden});
  expect_right_gradient([&](Inputs in) { return softmax(add(in[0], Variable(mask))); },
                        {parameter({2, 3}, 1)});
}

TEST_CASE("gradient: layer_norm by input, weight and bias") {
  expect_right_gradient([](Inputs in) { return layer_norm(in[0], in[1], in[2]); },
                        {parameter({2, 3, 6}, 1), parameter({6}, 2), parameter({6}, 3)});
}

TEST_CASE("gradient: dropout_add_layer_norm by both summands, weight and bias") {
  for (const double probability : {0.0, 0.4}) {
    const DropoutAddLayerNormOptions options{.probability = probability,
                                             .key = {.seed = 5, .step = 2, .site = 3}};
    expect_right_gradient(
        [&](Inputs in) { return dropout_add_layer_norm(in[0], in[1], in[2], in[3], options); },
        {parameter({3, 6}, 1), parameter({3, 6}, 2), parameter({6}, 3), parameter({6}, 4)});
  }
}

TEST_CASE("gradient: dropout with a fixed key") {
  const RandomKey key{.seed = 1, .step = 2, .site = 3};
  const std::vector<Variable> inputs = {parameter({4, 5}, 1), parameter({4, 5}, 2)};
  for (const double p : {0.0, 0.4}) {
    expect_right_gradient([&](Inputs in) { return dropout(in[0], p, key); }, {inputs[0]});
    expect_right_gradient([&](Inputs in) { return relu_dropout(in[0], p, key); }, {inputs[0]});
    expect_right_gradient([&](Inputs in) { return dropout_add(in[0], in[1], p, key); }, inputs);
  }
}

TEST_CASE("gradient: embedding, with a row looked up twice and one never") {
  const Tensor ids = tensor_of<std::int32_t>({2, 2}, {1, 3, 1, 0});
  const Variable table = parameter({5, 3}, 1);
  expect_right_gradient([&](Inputs in) { return embedding(in[0], ids); }, {table});
}

TEST_CASE("gradient: cross_entropy, smoothed and with padding; a mean over real targets") {
  const Tensor targets = tensor_of<std::int32_t>({2, 2}, {1, 0, 3, 2});
  for (const double smoothing : {0.0, 0.1}) {
    const CrossEntropyOptions options{.label_smoothing = smoothing, .ignore = 0};
    const Variable logits = parameter({2, 2, 4}, 1);
    expect_right_gradient([&](Inputs in) { return cross_entropy(in[0], targets, options); },
                          {logits});
    CHECK(cross_entropy(logits, targets, options).value().item<double>() ==
          Approx(cross_entropy(logits.value(), targets, options).loss.item<double>() / 3));
  }
  const Tensor padding = tensor_of<std::int32_t>({1}, {0});
  CHECK(contains(message_of([&] {
                   cross_entropy(parameter({1, 4}, 1), padding, {.ignore = 0});
                 }),
                 "all 1 targets are padding (id 0)"));
}

TEST_CASE("linear_cross_entropy is linear, then cross_entropy, in blocks of rows") {
  const Tensor targets = tensor_of<std::int32_t>({5}, {1, 0, 3, 2, 1});
  const CrossEntropyOptions options{.label_smoothing = 0.1, .ignore = 0};
  const Variable x = parameter({5, 3}, 1), bias = parameter({4}, 2);
  for (const bool transposed : {false, true}) {
    const Variable weight = parameter(transposed ? Shape{4, 3} : Shape{3, 4}, 3);
    const auto in_blocks = [&](Inputs in) {
      return linear_cross_entropy(in[0], in[1], in[2], targets, options,
                                  {.transpose_b = transposed});
    };
    const auto in_steps = [&](Inputs in) {
      return cross_entropy(linear(in[0], in[1], in[2], {.transpose_b = transposed}), targets,
                           options);
    };
    CHECK(close(in_blocks({x, weight, bias}).value(), in_steps({x, weight, bias}).value(), 1e-14));
    expect_right_gradient(in_blocks, {x, weight, bias});

    const LinearCrossEntropyOptions whole{options, transposed};
    LinearCrossEntropyOptions two_rows = whole;
    two_rows.rows_at_once = 2;
    const auto a = linear_cross_entropy(x.value(), weight.value(), bias.value(), targets, whole);
    const auto b = linear_cross_entropy(x.value(), weight.value(), bias.value(), targets, two_rows);
    CHECK(a.count.item<double>() == 4);
    CHECK(b.count.item<double>() == 4);
    CHECK(close(a.loss, b.loss, 1e-14));
    CHECK(close(a.dx, b.dx, 1e-14));
    CHECK(close(a.d_weight, b.d_weight, 1e-13));
    CHECK(close(a.d_bias, b.d_bias, 1e-13));
  }
}

TEST_CASE("gradient: cast goes back to the dtype it came from") {
  expect_right_gradient([](Inputs in) { return cast(in[0], DType::f64); }, {parameter({3}, 1)});
  const Variable x = parameter({3}, 1);
  backward(sum(cast(x, DType::f32)));
  CHECK(x.gradient().dtype() == DType::f64);
  CHECK(x.gradient().to_vector<double>() == std::vector<double>{1, 1, 1});
  CHECK(contains(message_of([&] { cast(x, DType::i32); }), "no derivative"));
}
