#include "nn/loss.h"

#include "autograd/gradcheck.h"
#include "tensor/create.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

TEST_CASE("squared_error: the mean of the squares, with its gradient") {
  const Variable y = Variable::parameter(vector({1, 5}, DType::f64));
  const Variable target(vector({0, 2}, DType::f64));
  CHECK(squared_error(y, target).value().item<double>() == 5);  // (1 + 9) / 2
  CHECK(gradcheck([&](const auto& in) { return squared_error(in[0], target); }, {y}).passed);
  CHECK(contains(message_of([&] {
                   squared_error(y, Variable(zeros({2, 1})));
                 }),
                 "squared_error of [2] and targets [2, 1]"));
}

TEST_CASE("accuracy: the share of rows with the largest logit at the target, padding left out") {
  const Tensor logits = matrix({{1, 2}, {3, 0}, {0, 1}, {5, 4}});
  CHECK(accuracy(logits, ids({1, 0, 0, 0})) == 0.75);
  CHECK(accuracy(logits, ids({1, -100, 0, -100})) == 0.5);
  CHECK(accuracy(logits.reshape({2, 2, 2}), ids({{1, 0}, {1, 0}})) == 1);
  CHECK(contains(message_of([&] { accuracy(logits, ids({1})); }), "loss_test.cpp"));
  CHECK(contains(message_of([&] {
                   accuracy(logits, ids({-100, -100, -100, -100}));
                 }),
                 "all 4 targets are padding"));
}
