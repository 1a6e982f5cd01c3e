#include "reversible/stack.h"

#include "autograd/gradcheck.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/reduce.h"
#include "autograd/replay.h"
#include "nn/optim/sgd.h"
#include "tensor/ops/fixed_point.h"
#include "tests/catch.h"
#include "tests/reversible/small_network.h"

using namespace lectern;

namespace {

using Outside = std::vector<Variable>;

/// f(x) = x + 1, and g(x) = 3 x.
Variable plus_one(const Variable& x, const Outside&) {
  return add(x, Variable(full({}, 1.0, DType::f64)));
}
Variable times_three(const Variable& x, const Outside&) { return scale(x, 3); }

/// x · W + m, where m comes from outside.
StreamFunction projection_and_outside(const Variable& weight) {
  return [weight](const Variable& x, const Outside& outside) {
    return add(tanh(matmul(x, weight)), outside.at(0));
  };
}

}  // namespace

TEST_CASE("a residual pair by hand: y1 = x1 + F(x2), y2 = x2 + G(y1), and its gradients") {
  const Variable x1 = Variable::parameter(tensor_of<double>({1}, {10}));
  const Variable x2 = Variable::parameter(tensor_of<double>({1}, {4}));
  const Variable y = reversible_stack({plus_one, times_three}, x1, x2);
  CHECK(numbers(y.value()) == std::vector<double>{15, 49});  // 10 + (4 + 1), 4 + 3 · 15
  backward(y, tensor_of<double>({2}, {1, 100}));
  CHECK(x1.gradient().item<double>() == 301);            // 1 + 3 · 100
  CHECK(x2.gradient().item<double>() == 100 + 301 * 1);  // of y2, and of y1 through F
}

TEST_CASE("the inputs of a stack come back from its output: invert") {
  Initializer init(1, DType::f64);
  SmallNetwork network({.layers = 3}, init);
  // Multiples of the step of fixed point, which nothing rounds.
  const auto on_the_grid = [](std::uint32_t site) {
    return from_fixed_point(to_fixed_point(normal({2, 5, 8}, site)), DType::f64);
  };
  const Tensor a = on_the_grid(1), b = on_the_grid(2);
  for (const StreamNumbers kind : {StreamNumbers::floating, StreamNumbers::fixed_point}) {
    const Tensor y =
        reversible_stack(network.functions(), Variable(a), Variable(b), {}, kind).value();
    const auto [x1, x2] = invert(network.functions(), y, {}, kind);
    CHECK(close(x1, a, 0, 1e-12));
    CHECK(close(x2, b, 0, 1e-12));
    CHECK(same_bits(x1, a) == (kind == StreamNumbers::fixed_point));
    CHECK(same_bits(x2, b) == (kind == StreamNumbers::fixed_point));
  }
}

TEST_CASE("invert gives the functions what comes from outside, and wants two streams") {
  const Variable weight = Variable::parameter(normal({2, 2}, 5)), outside(normal({3, 2}, 6));
  const std::vector<StreamFunction> functions(3, projection_and_outside(weight));
  const Tensor x = normal({3, 2}, 7);
  const Tensor y = reversible_stack(functions, Variable(x), Variable(x), {outside}).value();
  const auto [x1, x2] = invert(functions, y, {outside});
  CHECK(close(x1, x, 0, 1e-13));
  CHECK(close(x2, x, 0, 1e-13));
  CHECK(contains(message_of([] {
                   invert({}, zeros({2, 3}));
                 }),
                 "both streams side by side, [..., 2 * d_model], got [2, 3]"));
}

TEST_CASE("reversible stack = the same sums with everything kept, values and gradients") {
  for (const StreamNumbers kind : {StreamNumbers::floating, StreamNumbers::fixed_point}) {
    Initializer init(1, DType::f64);
    SmallNetwork network({.layers = 3, .dropout = 0.2}, init);
    train(network, {.seed = 3});
    const Tensor x = normal({2, 5, 8}, 1), d_output = normal({2, 5, 16}, 2);
    const auto run = [&](bool reversible) {
      const Variable in = Variable::parameter(x);
      const Variable y = reversible ? reversible_stack(network.functions(), in, in, {}, kind)
                                    : reversible_stack_by_definition(network.functions(), in, in);
      backward(y, d_output);
      std::vector<Tensor> all = take_gradients(network);
      all.push_back(in.gradient());
      all.push_back(y.value());
      return all;
    };
    const std::vector<Tensor> kept = run(false), recalculated = run(true);
    const double tolerance = kind == StreamNumbers::floating ? 1e-12 : 1e-4;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      INFO("tensor " << i);
      CHECK(close(recalculated[i], kept[i], tolerance, tolerance));
    }
  }
}

TEST_CASE("reversible stack: gradients of inputs, parameters and what comes from outside") {
  const Variable weight = Variable::parameter(normal({3, 3}, 1));
  const Variable weight2 = Variable::parameter(normal({3, 3}, 2));
  const std::vector<StreamFunction> functions{projection_and_outside(weight),
                                              projection_and_outside(weight2), times_three};
  const GradcheckReport report = gradcheck(
      [&](const std::vector<Variable>& in) {
        const Variable outside = scale(in[2], 2);  // has a past of its own
        return reversible_stack(functions, in[0], in[1], {outside});
      },
      {Variable::parameter(normal({2, 3}, 3)), Variable::parameter(normal({2, 3}, 4)),
       Variable::parameter(normal({2, 3}, 5)), weight, weight2},
      {.atol = 1e-7, .rtol = 1e-6});
  INFO(report.message);
  CHECK(report.passed);
}

TEST_CASE(
    "reversible stack: parameters learn even where no input does; NoGradient records nothing") {
  const Variable weight = Variable::parameter(normal({3, 3}, 1));
  const Variable x(normal({2, 3}, 2)), outside(normal({2, 3}, 3));
  const auto run = [&] {
    return reversible_stack({projection_and_outside(weight)}, x, x, {outside});
  };
  backward(sum(run()));
  CHECK(weight.has_gradient());
  const NoGradient no_gradient;
  CHECK_FALSE(run().requires_gradient());
}

TEST_CASE("reversible stack: what was decided is not decided again") {
  int decisions = 0;
  const StreamFunction shifted = [&](const Variable& x, const Outside&) {
    return multiply(x, Variable(decide_once([&] { return full({}, ++decisions, DType::f64); })));
  };
  const Variable x = Variable::parameter(tensor_of<double>({1}, {1}));
  const Variable y = reversible_stack({shifted, shifted}, x, x);
  CHECK(numbers(y.value()) == std::vector<double>{2, 5});  // 1 + 1 · 1, 1 + 2 · 2
  backward(y, tensor_of<double>({2}, {0, 1}));
  CHECK(decisions == 2);
  CHECK(x.gradient().item<double>() == 5);
}

TEST_CASE("reversible stack: fixed-point streams come back bit for bit") {
  Initializer init(1);
  SmallNetwork network({.layers = 8}, init);
  const Tensor x = normal({2, 5, 8}, 1, DType::f32);
  std::vector<ResidualHalf> halves;
  for (const StreamFunction& function : network.functions()) halves.emplace_back(function);
  ResidualStream a(x, StreamNumbers::fixed_point), b(x, StreamNumbers::fixed_point);
  const Tensor before = a.value();
  for (std::size_t i = 0; i < halves.size(); ++i)
    halves[i].forward(i % 2 == 0 ? a : b, i % 2 == 0 ? b : a, {});
  CHECK_FALSE(close(a.value(), before));
  for (std::size_t i = halves.size(); i-- > 0;)
    halves[i].inverse(i % 2 == 0 ? a : b, i % 2 == 0 ? b : a, {});
  CHECK(same_bits(a.value(), before));
  CHECK(same_bits(b.value(), before));
}

TEST_CASE("reversible stack: 100 steps of training, with and without stored activations",
          "[gate5]") {
  const Tensor x = normal({2, 6, 8}, 1, DType::f32);
  const Tensor target = normal({2, 6, 16}, 2, DType::f32);
  const bool on_gpu = default_device().kind == Device::Kind::cuda;  // maybe an emulated one
  const std::uint32_t steps = on_gpu ? 10 : 100;
  const auto losses = [&](bool reversible) {
    Initializer init(5);
    SmallNetwork network({.layers = 4, .dropout = 0.1}, init);
    Sgd sgd(parameters(network), {.momentum = 0.9});
    std::vector<float> losses;
    for (std::uint32_t step = 0; step < steps; ++step) {
      train(network, {.seed = 9, .step = step});
      const auto functions = network.functions();
      const Variable in(x);
      const Variable y = reversible ? reversible_stack(functions, in, in)
                                    : reversible_stack_by_definition(functions, in, in);
      const Variable error = subtract(y, Variable(target));
      const Variable loss = mean(multiply(error, error));
      losses.push_back(loss.value().item<float>());
      backward(loss);
      sgd.step({.learning_rate = 0.01});
      sgd.zero_gradients();
    }
    return losses;
  };
  const std::vector<float> kept = losses(false), recalculated = losses(true);
  CHECK(kept.back() < (on_gpu ? 1 : 0.8) * kept.front());
  float largest = 0;
  for (std::size_t i = 0; i < kept.size(); ++i)
    largest = std::max(largest, std::abs(kept[i] - recalculated[i]));
  INFO("largest difference of the losses: " << largest);
  CHECK(largest <= 1e-5f);
}

TEST_CASE("reversible stack says what does not fit") {
  const Variable x(zeros({2, 3}, DType::f64)), other(zeros({2, 4}, DType::f64));
  CHECK(contains(message_of([&] { reversible_stack({plus_one}, x, other); }),
                 "needs two streams alike, got [2, 3] f64"));
  const StreamFunction sums = [](const Variable& in, const Outside&) { return sum(in); };
  CHECK(contains(message_of([&] { reversible_stack({sums}, x, x); }), "turned [2, 3] into []"));
}
