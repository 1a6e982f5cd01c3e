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
    adam_update(w, full({1}, g, DType::f64), m, v,
                {.learning_rate = 0.1, .epsilon = 0, .correction1 = 0.1, .correction2 = 0.001});
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
      adam_update(weight, full({1}, gradient, DType::f64), first, second,
                  {.learning_rate = rate,
                   .beta1 = beta1,
                   .beta2 = beta2,
                   .epsilon = epsilon,
                   .weight_decay = decay,
                   .decoupled_weight_decay = decoupled,
                   .correction1 = 1 - std::pow(beta1, t),
                   .correction2 = 1 - std::pow(beta2, t),
                   .gradient_scale = clip});
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
  sgd_update(w, full({1}, 4), velocity,
             {.learning_rate = 0.5, .momentum = 0.9, .weight_decay = 0.1, .gradient_scale = 0.5});
  CHECK(velocity.item<float>() == Approx(4.8f));
  CHECK(w.item<float>() == Approx(7.6f));
}

TEST_CASE("optimiser steps: f32 agrees with f64, two threads with one") {
  const auto step = [](const std::vector<Tensor>& in) {
    Tensor w = in[0].clone(), m = in[2].clone(), v = multiply(in[3], in[3]);
    adam_update(w, in[1], m, v, {.learning_rate = 0.1, .weight_decay = 0.01});
    sgd_update(w, in[1], m, {.momentum = 0.9});
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
  CHECK(contains(message_of([&] { adam_update(w, Tensor({3}), m, v, {}); }),
                 "adam_update needs equal shapes, got [2] and [3]"));
}
