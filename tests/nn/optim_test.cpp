#include <cmath>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/reduce.h"
#include "nn/linear.h"
#include "nn/optim/adam.h"
#include "nn/optim/clip.h"
#include "nn/optim/sgd.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

/// One parameter of one row, with a gradient.
NamedParameter parameter(double value, double gradient, bool vector = false) {
  const Shape shape = vector ? Shape{1} : Shape{1, 1};
  Variable variable = Variable::parameter(full(shape, value, DType::f64));
  variable.set_gradient(full(shape, gradient, DType::f64));
  return {vector ? "bias" : "weight", variable};
}

double value_of(const NamedParameter& parameter) {
  return parameter.variable.value().item<double>();
}

/// Mean of the squared outputs: a loss that a linear layer can be trained on.
void add_gradients(const Linear& linear, const Tensor& x) {
  const Variable y = linear(Variable(x));
  backward(mean(multiply(y, y)));
}

}  // namespace

TEST_CASE("sgd: two steps with momentum, by hand") {
  const NamedParameter w = parameter(1.0, 2.0);
  Sgd optimizer({w}, {.momentum = 0.5});
  optimizer.step({.learning_rate = 0.1});
  CHECK(value_of(w) == Approx(0.8));  // u = 2
  optimizer.step({.learning_rate = 0.1});
  CHECK(value_of(w) == Approx(0.5));  // u = 0.5 · 2 + 2
  CHECK(optimizer.steps_taken() == 2);
}

TEST_CASE("adam: the first step is a learning rate long, the second knows the first") {
  const NamedParameter w = parameter(1.0, 4.0);
  Adam optimizer({w}, {.beta1 = 0.9, .beta2 = 0.99});
  optimizer.step({.learning_rate = 0.1});
  CHECK(value_of(w) == Approx(0.9));
  Variable(w.variable).set_gradient(full({1, 1}, -4, DType::f64));
  optimizer.step({.learning_rate = 0.1});
  // m = 0.9 · 0.4 − 0.4 = −0.04, of 1 − 0.81; v stays 16 after the correction
  CHECK(value_of(w) == Approx(0.9 + 0.1 * (0.04 / 0.19) / 4));
}

TEST_CASE("adamw: decay is apart from the step, in Adam it is part of the gradient") {
  const NamedParameter decoupled = parameter(2.0, 4.0), coupled = parameter(2.0, 0.0);
  Adam({decoupled}, {.weight_decay = 0.1, .decoupled_weight_decay = true})
      .step({.learning_rate = 0.5});
  CHECK(value_of(decoupled) == Approx(2.0 * (1 - 0.5 * 0.1) - 0.5));
  Adam({coupled}, {.weight_decay = 0.1}).step({.learning_rate = 0.5});
  CHECK(value_of(coupled) == Approx(1.5));  // λ w is the whole gradient: one step of full length
}

TEST_CASE("weight decay leaves vectors alone, unless told otherwise") {
  const NamedParameter bias = parameter(2.0, 0.0, true);
  Adam({bias}, {.weight_decay = 0.1, .decoupled_weight_decay = true}).step({.learning_rate = 0.5});
  Sgd({bias}, {.weight_decay = 0.1}).step({.learning_rate = 0.5});
  CHECK(value_of(bias) == 2.0);
  Adam({bias}, {.weight_decay = 0.1, .decoupled_weight_decay = true, .decay_vectors = true})
      .step({.learning_rate = 0.5});
  CHECK(value_of(bias) == Approx(1.9));
}

TEST_CASE("optimisers leave a parameter without a gradient as it is") {
  const NamedParameter still{"still", Variable::parameter(full({2, 2}, 3, DType::f64))};
  const NamedParameter moved = parameter(1.0, 1.0);
  Adam({still, moved}, {.weight_decay = 0.1}).step({});
  Sgd({still, moved}, {.weight_decay = 0.1}).step({});
  CHECK(numbers(still.variable.value()) == std::vector<double>(4, 3.0));
  CHECK(value_of(moved) < 1.0);
}

TEST_CASE("optimisers name what they remember, and go on where another one stopped") {
  const NamedParameter a = parameter(1.0, 2.0), b = parameter(1.0, 2.0);
  Adam first({a}, {}), whole({b}, {});
  first.step({});
  whole.step({});
  Adam second({a}, {});
  std::vector<Tensor> memory;
  std::vector<std::string> names;
  first.visit_state([&](const std::string& name, Tensor& state) {
    names.push_back(name);
    memory.push_back(state);
  });
  CHECK(names == std::vector<std::string>{"optimizer.first_moment.weight",
                                          "optimizer.second_moment.weight"});
  second.visit_state(
      [&, i = 0](const std::string&, Tensor& state) mutable { state.copy_from(memory[i++]); });
  second.set_steps_taken(first.steps_taken());
  second.step({});
  whole.step({});
  CHECK(same_bits(a.variable.value(), b.variable.value()));
}

TEST_CASE("clipping: the norm of all gradients together, and the factor for it") {
  const std::vector<NamedParameter> both = {parameter(0, 3), parameter(0, -4, true)};
  CHECK(gradient_norm(both) == Approx(5));
  CHECK(gradient_norm({{"none", Variable::parameter(zeros({2}))}}) == 0.0);
  CHECK(clip_factor(5, 1) == Approx(0.2));
  CHECK(clip_factor(5, 5) == 1.0);
  CHECK(clip_factor(0.1, 1) == 1.0);
  CHECK(clip_factor(5, 0) == 1.0);                  // 0: no clipping
  CHECK(std::isnan(clip_factor(std::nan(""), 1)));  // a NaN is not hidden
}

TEST_CASE("accumulated gradients of two halves are those of the whole batch") {
  const Tensor x = normal({6, 3}, 1);
  const auto trained = [&](bool halves, auto make_optimizer) {
    Initializer init(2, DType::f64);
    Linear linear(3, 2, init);
    auto optimizer = make_optimizer(parameters(linear));
    for (int step = 0; step < 3; ++step) {
      optimizer.zero_gradients();
      if (halves) {
        add_gradients(linear, x.slice(0, 3));
        add_gradients(linear, x.slice(3, 6));
      } else {
        add_gradients(linear, x);
      }
      optimizer.step({.learning_rate = 0.1, .gradient_scale = halves ? 0.5 : 1.0});
    }
    return parameters(linear)[0].variable.value();
  };
  const auto adam = [](const auto& all) { return Adam(all, {.weight_decay = 0.1}); };
  const auto sgd = [](const auto& all) { return Sgd(all, {.momentum = 0.9}); };
  CHECK(close(trained(true, adam), trained(false, adam), 1e-10, 1e-12));
  CHECK(close(trained(true, sgd), trained(false, sgd), 1e-10, 1e-12));
}

TEST_CASE("optimizer: a step when no parameter has a gradient throws and counts nothing") {
  Sgd sgd({{"w", Variable::parameter(full({2}, 1))}}, {});
  const std::string message = message_of([&] { sgd.step(Update{}); });
  CHECK(contains(message, "none of the 1 parameters of this optimiser has a gradient"));
  CHECK(contains(message, "tests/nn/optim_test.cpp:"));
  CHECK(sgd.steps_taken() == 0);
}

TEST_CASE("minimise: zero, backward, step; twice is two steps down") {
  const Variable w = Variable::parameter(full({}, 4, DType::f64));
  Sgd sgd({{"w", w}}, {});
  for (const double expected : {3.2, 2.56}) {  // w − 0.1 · 2w
    minimise(square(w), sgd, 0.1);
    CHECK(w.value().item<double>() == Approx(expected));
  }
  CHECK(sgd.steps_taken() == 2);
}

TEST_CASE(
    "minimise: a parameter that the optimiser does not change is a mistake, unless detached") {
  const Variable known = Variable::parameter(full({}, 1)),
                 forgotten = Variable::parameter(full({3}, 1));
  Sgd sgd({{"known", known}}, {});
  const auto loss = [&](const Variable& other) { return sum(multiply(known, exp(other))); };
  const std::string message = message_of([&] { minimise(loss(forgotten), sgd, 0.1); });
  CHECK(contains(message, "depends on a parameter [3] that the optimiser does not change"));
  CHECK(contains(message, "tests/nn/optim_test.cpp:"));
  minimise(loss(forgotten.detach()), sgd, 0.1);
  CHECK(sgd.steps_taken() == 1);
}
