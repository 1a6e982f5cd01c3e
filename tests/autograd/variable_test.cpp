#include "autograd/variable.h"

#include <limits>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/reduce.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

Variable parameter(std::initializer_list<double> values) {
  return Variable::parameter(tensor_of<double>({static_cast<std::int64_t>(values.size())}, values));
}

std::vector<double> gradient_of(const Variable& v) { return v.gradient().to_vector<double>(); }

/// An op that does nothing but write down when its derivative runs.
Variable traced(const std::string& name, const Variable& x, std::vector<std::string>& trace) {
  return record(name, x.value(), {x}, [name, &trace](const Tensor& dy) -> Gradients {
    trace.push_back(name);
    return {dy};
  });
}

}  // namespace

TEST_CASE("backward: the product rule, by hand") {
  const Variable x = parameter({2, 3}), y = parameter({5, 7});
  backward(sum(multiply(multiply(x, x), y)));
  CHECK(gradient_of(x) == std::vector<double>{20, 42});  // 2xy
  CHECK(gradient_of(y) == std::vector<double>{4, 9});    // x²
}

TEST_CASE("backward: the op recorded last runs first, and each once") {
  const Variable x = parameter({1});
  std::vector<std::string> trace;
  const Variable a = traced("a", x, trace), b = traced("b", a, trace), c = traced("c", a, trace);
  backward(add(c, b));
  CHECK(trace == std::vector<std::string>{"c", "b", "a"});
  CHECK(gradient_of(x) == std::vector<double>{2});
}

TEST_CASE("backward: gradients accumulate until they are zeroed") {
  Variable x = parameter({3});
  backward(scale(x, 2));
  backward(scale(x, 5));
  CHECK(gradient_of(x) == std::vector<double>{7});
  x.zero_gradient();
  CHECK_FALSE(x.has_gradient());
}

TEST_CASE("backward: one variable used twice by one op; a loss that is a leaf") {
  const Variable x = parameter({3});
  backward(add(x, x));
  CHECK(gradient_of(x) == std::vector<double>{2});
  const Variable leaf = parameter({4});
  backward(leaf);
  CHECK(gradient_of(leaf) == std::vector<double>{1});
}

TEST_CASE("backward: shared gradients are not overwritten by later sums") {
  const Variable x = parameter({1}), y = parameter({1});
  const Variable both = add(x, y);    // x and y receive one and the same tensor
  backward(add(both, scale(x, 10)));  // and x another one
  CHECK(gradient_of(x) == std::vector<double>{11});
  CHECK(gradient_of(y) == std::vector<double>{1});
}

TEST_CASE("backward: a rule may record and run backward itself") {
  const Variable w = parameter({3});
  const Variable x = parameter({2});
  const Tensor value = multiply(x, w).value();
  const Variable y = record("rebuilt", value, {x}, [w, x](const Tensor& dy) -> Gradients {
    const Variable again = Variable::parameter(x.value());
    backward(multiply(again, w), dy);
    return {again.gradient()};
  });
  backward(scale(y, 10));
  CHECK(gradient_of(x) == std::vector<double>{30});
  CHECK(gradient_of(w) == std::vector<double>{20});
}

TEST_CASE("backward: a second one over the same tape throws") {
  const Variable loss = sum(exp(parameter({1, 2})));
  backward(loss);
  CHECK(contains(message_of([&] { backward(loss); }), "already run through \"sum\""));
}

TEST_CASE("backward: needs a number, or a seed of the right shape") {
  const Variable y = exp(parameter({1, 2}));
  CHECK(contains(message_of([&] { backward(y); }), "the loss is [2]"));
  CHECK(contains(message_of([&] { backward(y, full({3}, 1, DType::f64)); }), "the seed is [3]"));
  CHECK(contains(message_of([] { backward(Variable(full({}, 1))); }), "depends on no parameter"));
}

TEST_CASE("record: constants need no gradient and leave no tape") {
  const Variable constant(full({2}, 1, DType::f64)), x = parameter({1, 2});
  CHECK_FALSE(exp(constant).requires_gradient());
  CHECK(exp(constant).made_by() == nullptr);
  backward(sum(multiply(x, constant)));
  CHECK_FALSE(constant.has_gradient());
}

TEST_CASE("NoGradient: nothing is recorded, and what was captured is dropped") {
  const Variable x = parameter({1, 2});
  {
    const NoGradient outer;
    { const NoGradient inner; }
    CHECK_FALSE(recording());
    CHECK_FALSE(exp(x).requires_gradient());
  }
  CHECK(recording());
  CHECK(exp(x).requires_gradient());
  CHECK_FALSE(x.detach().requires_gradient());
}

TEST_CASE("DetectAnomaly: names the op and the line of the first NaN") {
  const DetectAnomaly detect;
  const std::string forward = message_of([] { sqrt(parameter({-1})); });
  CHECK(contains(forward, "the value of \"sqrt\""));
  CHECK(contains(forward, "(tests/autograd/variable_test.cpp:"));  // this file's line
  const std::string backwards = message_of([] { backward(sum(sqrt(parameter({0})))); });
  CHECK(contains(backwards, "the gradient by input 0 of \"sqrt\""));
  CHECK_THROWS_AS(log(parameter({0})), NotFinite);
}

TEST_CASE("tape: a chain of a million ops is freed without recursion") {
  Variable x = parameter({1});
  for (int i = 0; i < 1'000'000; ++i)
    x = record("same", x.value(), {x}, [](const Tensor& dy) -> Gradients { return {dy}; });
  x = Variable();
  SUCCEED();
}

TEST_CASE("tape: a chain of a million ops is differentiated and freed") {
  const Variable start = parameter({1});
  {
    Variable x = start;
    for (int i = 0; i < 1'000'000; ++i)
      x = record("same", x.value(), {x}, [](const Tensor& dy) -> Gradients { return {dy}; });
    backward(x);
  }
  CHECK(gradient_of(start) == std::vector<double>{1});
}

TEST_CASE("tape: a rule that returns the wrong number or shape of gradients is named") {
  const Variable x = parameter({1, 2});
  const Variable none =
      record("forgetful", x.value(), {x}, [](const Tensor&) -> Gradients { return {}; });
  CHECK(contains(message_of([&] { backward(sum(none)); }), "\"forgetful\" returned 0 gradients"));
  const Variable wrong =
      record("crooked", x.value(), {x}, [](const Tensor&) -> Gradients { return {Tensor({3})}; });
  CHECK(contains(message_of([&] { backward(sum(wrong)); }),
                 "\"crooked\" gave a gradient of shape [3]"));
}

TEST_CASE("variable: prints its numbers, who made it, and whether it needs a gradient") {
  const Variable x = parameter({0.5, 2});
  CHECK(text(x) == "[0.5 2  ]\n[2] f64, a parameter, needs a gradient");
  CHECK(text(Variable(x.value())) == "[0.5 2  ]\n[2] f64, data, needs no gradient");
  CHECK(text(scale(x, 2).named("twice")) ==
        "[1 4]\n[2] f64, twice, made by \"scale\", needs a gradient");
}

TEST_CASE("gradient: where there is none, the error says why") {
  const Variable x = parameter({1}), data(full({}, 1));
  CHECK(contains(message_of([&] { x.gradient(); }), "no gradient yet: call backward(loss)"));
  CHECK(contains(message_of([&] { data.gradient(); }), "Variable::parameter(tensor)"));
  CHECK(contains(message_of([&] { exp(x).gradient(); }), "\"exp\" was not kept"));
  CHECK(contains(message_of([&] { x.gradient(); }), "tests/autograd/variable_test.cpp:"));
}

TEST_CASE("backward: Variable(t) where a parameter was meant is the first thing named") {
  const std::string message = message_of([] { backward(sum(Variable(full({2}, 1)))); });
  CHECK(message.find("Variable::parameter(tensor)") < message.find("NoGradient"));
  CHECK(contains(message, "tests/autograd/variable_test.cpp:"));
}

TEST_CASE("operators of Variables: values, gradients, and the line of an error") {
  const Variable a = parameter({1, 2}), b = parameter({4, 8});
  CHECK((a + b).value().to_vector<double>() == std::vector<double>{5, 10});
  CHECK((a - b).value().to_vector<double>() == std::vector<double>{-3, -6});
  CHECK((a * b).value().to_vector<double>() == std::vector<double>{4, 16});
  CHECK((b / a).value().to_vector<double>() == std::vector<double>{4, 4});
  CHECK((1 + a * 2 - 0.5).value().to_vector<double>() == std::vector<double>{2.5, 4.5});
  CHECK((1 - a).value().to_vector<double>() == std::vector<double>{0, -1});
  CHECK((a / 2).value().to_vector<double>() == std::vector<double>{0.5, 1});
  backward(sum(8 / a + 3 * b - a));
  CHECK(gradient_of(a) == std::vector<double>{-9, -3});
  CHECK(gradient_of(b) == std::vector<double>{3, 3});
  CHECK((-a).made_by()->name == "scale");
  const auto line = Where::current().line + 1;
  const std::string message = message_of([&] { a + parameter({1, 2, 3}); });
  CHECK(contains(message, text("tests/autograd/variable_test.cpp:", line, ": shapes [2] and [3]")));
  CHECK((a * b).made_by()->where.line == Where::current().line);
}
