#include "reversible/recompute.h"

#include "autograd/gradcheck.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/reduce.h"
#include "autograd/replay.h"
#include "nn/feed_forward.h"
#include "tests/catch.h"
#include "tests/reversible/small_network.h"

using namespace lectern;

TEST_CASE("recompute: the value and the gradients of the function itself") {
  const Variable weight = Variable::parameter(normal({3, 3}, 1));
  const auto f = [&](const std::vector<Variable>& in) {
    return tanh(add(matmul(in[0], weight), in[1]));
  };
  const Variable x = Variable::parameter(normal({2, 3}, 2)), b(normal({3}, 3));
  CHECK(same_bits(recompute(f, {x, b}).value(), f({x, b}).value()));
  const GradcheckReport report = gradcheck(
      [&](const std::vector<Variable>& in) {
        return recompute(f, {scale(in[0], 2), in[1]});
      },
      {x, Variable::parameter(b.value()), weight}, {.atol = 1e-8, .rtol = 1e-6});
  INFO(report.message);
  CHECK(report.passed);
}

TEST_CASE("recompute: parameters learn even where no input does, and decisions stand") {
  int decisions = 0;
  const Variable weight = Variable::parameter(full({}, 3, DType::f64));
  const auto inner = [&](const std::vector<Variable>& in) {
    return multiply(multiply(in[0], weight),
                    Variable(decide_once([&] { return full({}, ++decisions, DType::f64); })));
  };
  const auto outer = [&](const std::vector<Variable>& in) { return recompute(inner, in); };
  const Variable y = recompute(outer, {Variable(full({}, 5, DType::f64))});
  CHECK(y.value().item<double>() == 15);
  backward(y);
  CHECK(weight.gradient().item<double>() == 5);
  CHECK(decisions == 1);
}

TEST_CASE("decide_once: a second run that decides more than the first is caught") {
  const auto one = [] { return full({}, 1); };
  std::vector<Tensor> decisions;
  for (const int count : {1, 2}) {
    const DecisionScope scope(decisions);
    const auto run = [&] {
      for (int i = 0; i < count; ++i) decide_once(one);
    };
    CHECK(contains(message_of(run), count == 1 ? "" : "decides more than the 1 times"));
  }
}
