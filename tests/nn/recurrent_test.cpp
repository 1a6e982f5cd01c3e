#include "nn/recurrent.h"

#include <cmath>

#include "autograd/gradcheck.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/concatenate.h"
#include "autograd/ops/reduce.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

/// Both parts of the state after some tokens, side by side.
Variable after(const LstmCell& cell, const std::vector<Variable>& tokens) {
  LstmCell::State state = cell.start(tokens[0].dim(0));
  for (const Variable& x : tokens) state = cell(x, state);
  return concatenate({state.h, state.c}, -1);
}

}  // namespace

TEST_CASE("an LSTM's step is its formula, gate for gate") {
  Initializer init(1, DType::f64);
  LstmCell cell(1, 1, init);
  const std::vector<NamedParameter> learned = parameters(cell);
  REQUIRE(learned.size() == 2);
  CHECK(learned[0].name == "gates.weight");
  const auto w = numbers(learned[0].variable.value());  // [2, 4]: of x, then of h
  double h = 0, c = 0;
  for (const double x : {0.5, -2.0, 1.0}) {
    const auto gate = [&](int i) { return x * w[i] + h * w[4 + i]; };
    c = sigmoid_of(gate(1)) * c + sigmoid_of(gate(0)) * std::tanh(gate(2));
    h = sigmoid_of(gate(3)) * std::tanh(c);
  }
  const auto token = [](double x) { return Variable(full({1, 1}, x, DType::f64)); };
  const Tensor state = after(cell, {token(0.5), token(-2), token(1)}).value();
  CHECK(state.at({0, 0}) == Approx(h));
  CHECK(state.at({0, 1}) == Approx(c));
}

TEST_CASE("gradients go back through all steps of an LSTM") {
  Initializer init(1, DType::f64);
  LstmCell cell(3, 2, init);
  std::vector<Variable> inputs;
  for (std::uint32_t step = 0; step < 3; ++step)
    inputs.push_back(Variable::parameter(normal({2, 3}, step)));
  const std::size_t tokens = inputs.size();
  for (const NamedParameter& parameter : parameters(cell)) inputs.push_back(parameter.variable);
  const GradcheckReport report = gradcheck(
      [&](const std::vector<Variable>& x) {
        return after(cell, {x.begin(), x.begin() + static_cast<std::ptrdiff_t>(tokens)});
      },
      inputs);
  INFO(report.message);
  CHECK(report.passed);
  CHECK(report.largest_error < 1e-7);
}

TEST_CASE("an LSTM names the caller's line when a token does not fit") {
  Initializer init(1);
  LstmCell cell(3, 2, init);
  CHECK(contains(message_of([&] {
                   cell(Variable(zeros({1, 4})), cell.start(1));
                 }),
                 "recurrent_test.cpp"));
}
