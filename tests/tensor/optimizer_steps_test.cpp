#include <cmath>

#include "tensor/ops/adam.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/sgd.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

TEST_CASE("adam: the first step has the size of the learning rate, whatever the gradient") {
  for (const double g : {1e-3, 1.0, -50.0}) {
    Tensor w = full({1}, 2, DType::f64), m = zeros({1}, DType::f64), v = zeros({1}, DType::f64);
    adam_update(
        {{w, full({1}, g, DType::f64), m, v}}, {.epsilon = 0},
        step_numbers({.learning_rate = 0.1, .correction1 = 0.1, .correction2 = std::sqrt(0.001)}));
    CHECK(w.item<double>() == Approx(2 - std::copysign(0.1, g)));
    CHECK(m.item<double>() == Approx(0.1 * g));
    CHECK(v.item<double>() == Approx(0.001 * g * g));
  }
}

TEST_CASE("adam: ten steps follow the paper's algorithm, with either kind of weight decay") {
  for (const bool decoupled : {false, true}) {
    const double rate = 0.01, beta1 = 0.9, beta2 = 0.98, epsilon = 1e-6, decay = 0.1, clip = 0.5;
    Tensor weight = full({1}, 1.5, DType::f64);
    Tensor first = zeros({1}, DType::f64), second = zeros({1}, DType::f64);
    double w = 1.5, m = 0, v = 0;
    for (int t = 1; t <= 10; ++t) {
      const double gradient = std::sin(t);
      adam_update({{weight, full({1}, gradient, DType::f64), first, second}},
                  {.beta1 = beta1,
                   .beta2 = beta2,
                   .epsilon = epsilon,
                   .weight_decay = decay,
                   .decoupled_weight_decay = decoupled},
                  step_numbers({.learning_rate = rate,
                                .correction1 = 1 - std::pow(beta1, t),
                                .correction2 = std::sqrt(1 - std::pow(beta2, t)),
                                .gradient_scale = clip}));
      const double g = clip * gradient + (decoupled ? 0 : decay * w);
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      if (decoupled) w -= rate * decay * w;
      w -= rate * (m / (1 - std::pow(beta1, t))) /
           (std::sqrt(v / (1 - std::pow(beta2, t))) + epsilon);
      CHECK(weight.item<double>() == Approx(w).epsilon(1e-12));
    }
  }
}

TEST_CASE("sgd: momentum, decay and scale, by hand") {
  Tensor w = full({1}, 10), velocity = full({1}, 2);
  // g = 0.5 · 4 + 0.1 · 10 = 3; u = 0.9 · 2 + 3 = 4.8; w = 10 − 0.5 · 4.8
  sgd_update({{w, full({1}, 4), velocity}}, {.momentum = 0.9, .weight_decay = 0.1},
             step_numbers({.learning_rate = 0.5, .gradient_scale = 0.5}));
  CHECK(velocity.item<float>() == Approx(4.8f));
  CHECK(w.item<float>() == Approx(7.6f));
}

TEST_CASE("optimiser steps: f32 agrees with f64, two threads with one") {
  const auto step = [](const std::vector<Tensor>& in) {
    Tensor w = in[0].clone(), m = in[2].clone(), v = multiply(in[3], in[3]);
    adam_update({{w, in[1], m, v}}, {.weight_decay = 0.01}, step_numbers({.learning_rate = 0.1}));
    sgd_update({{w, in[1], m}}, {.momentum = 0.9}, step_numbers({.learning_rate = 0.01}));
    return w;
  };
  const std::vector<Tensor> inputs = {
      normal({40001}, 1), normal({40001}, 2), normal({40001}, 3),
      add(multiply(normal({40001}, 4), normal({40001}, 4)), full({}, 0.1, DType::f64))};
  CHECK(f32_agrees_with_f64(step, inputs));
  CHECK(same_on_two_threads([&] { return step(inputs); }));
}

TEST_CASE("adam: a gradient of another shape is refused") {
  Tensor w({2}), m({2}), v({2});
  CHECK(contains(message_of([&] {
                   adam_update({{w, Tensor({3}), m, v}}, {}, step_numbers());
                 }),
                 "adam_update needs equal shapes, got [2] and [3]"));
}

TEST_CASE("optimiser steps: a list of many tensors, empty ones too, is as good as one by one") {
  std::vector<AdamParameter> together;
  for (std::int64_t i = 0; i < 200; ++i) {
    const auto site = static_cast<std::uint32_t>(i);
    const std::int64_t size = i == 7 ? 9000 : i % 5;
    together.push_back({.weight = normal({size}, site),
                        .gradient = normal({size}, site + 1000),
                        .first_moment = normal({size}, site + 2000),
                        .second_moment = full({size}, 0.5, DType::f64),
                        .decays = i % 2 == 0});
  }
  const Tensor numbers = step_numbers({.learning_rate = 0.1});
  const AdamCoefficients coefficients{.weight_decay = 0.1};
  std::vector<Tensor> apart;
  for (const AdamParameter& p : together) {
    apart.push_back(p.weight.clone());
    adam_update(
        {{apart.back(), p.gradient, p.first_moment.clone(), p.second_moment.clone(), p.decays}},
        coefficients, numbers);
  }
  adam_update(together, coefficients, numbers);
  for (std::size_t i = 0; i < together.size(); ++i) CHECK(same_bits(together[i].weight, apart[i]));
}

TEST_CASE("step numbers: the loss is summed, the norm measured and limited, by hand") {
  Tensor numbers = step_numbers();
  begin_step(numbers, {.learning_rate = 0.25, .gradient_scale = 0.5});
  add_loss(numbers, full({}, 2), full({}, 3));
  add_loss(numbers, full({}, 1.5), full({}, 2));
  limit_step(numbers, full({}, 100, DType::f64), 1.0);  // a norm of 0.5 · 10
  const StepNumbers step = read_step_numbers(numbers);
  CHECK(step.learning_rate == 0.25);
  CHECK(step.loss == 9);
  CHECK(step.gradient_norm == 5);
  CHECK(step.gradient_scale == Approx(0.1).epsilon(1e-6));
  CHECK(step.stopped == 0);
  CHECK(loss_and_norm(numbers).to_vector<double>() == std::vector<double>{9, 5});
}

TEST_CASE("step numbers: after a step that is not finite no weight changes any more") {
  for (const bool loss_is_bad : {true, false}) {
    Tensor numbers = step_numbers({.learning_rate = 1.0});
    if (loss_is_bad) add_loss(numbers, full({}, INFINITY), full({}, 1));
    limit_step(numbers, full({}, loss_is_bad ? 1.0 : NAN, DType::f64), 1.0);
    begin_step(numbers, {.learning_rate = 1.0});  // the next step, with good numbers
    limit_step(numbers, full({}, 1, DType::f64), 1.0);
    CHECK(read_step_numbers(numbers).stopped == 1);
    Tensor w = full({2}, 3), m = zeros({2}), v = zeros({2});
    adam_update({{w, full({2}, 1), m, v}}, {}, numbers);
    sgd_update({{w, full({2}, 1), m}}, {}, numbers);
    CHECK(w.to_vector<float>() == std::vector<float>{3, 3});
    CHECK(m.to_vector<float>() == std::vector<float>{0, 0});
  }
  Tensor too_few({3}, DType::f64);
  CHECK(contains(message_of([&] { begin_step(too_few, {}); }),
                 "begin_step needs what step_numbers() makes, got f64 [3]"));
}
