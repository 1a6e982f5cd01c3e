#include "autograd/ops/matmul.h"

#include <random>
#include <string>

#include "autograd/gradcheck.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/reduce.h"
#include "tests/catch.h"

using namespace lectern;

namespace {

Variable random_parameter(const Shape& shape, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> numbers(shape.size());
  std::generate(numbers.begin(), numbers.end(), [&] { return normal(random); });
  return Variable::parameter(tensor_of<double>(shape, numbers));
}

Variable product(const std::vector<Variable>& inputs) { return matmul(inputs[0], inputs[1]); }

}  // namespace

TEST_CASE("linear: one row, by hand") {
  // y = [1, 2] [[3, 4], [5, 6]] + [10, 20]
  const Variable x = Variable::parameter(tensor_of<float>({1, 2}, {1, 2}));
  const Variable weight = Variable::parameter(tensor_of<float>({2, 2}, {3, 4, 5, 6}));
  const Variable bias = Variable::parameter(tensor_of<float>({2}, {10, 20}));
  const Variable y = linear(x, weight, bias);
  CHECK(y.value().to_vector<float>() == std::vector<float>{23, 36});

  backward(y, tensor_of<float>({1, 2}, {1, 100}));
  CHECK(x.gradient().to_vector<float>() == std::vector<float>{403, 605});
  CHECK(weight.gradient().to_vector<float>() == std::vector<float>{1, 100, 2, 200});
  CHECK(bias.gradient().to_vector<float>() == std::vector<float>{1, 100});
}

TEST_CASE("linear is a product and a sum") {
  const Variable x = random_parameter({2, 3, 4}, 1), weight = random_parameter({4, 5}, 2);
  const Variable bias = random_parameter({5}, 3);
  REQUIRE(linear(x, weight, bias).shape() == Shape{2, 3, 5});
  const std::vector<double> fused = linear(x, weight, bias).value().to_vector<double>();
  const std::vector<double> composed = add(matmul(x, weight), bias).value().to_vector<double>();
  for (std::size_t i = 0; i < fused.size(); ++i)
    CHECK(fused[i] == Approx(composed[i]).epsilon(1e-13));
  const Variable row = random_parameter({4}, 4);
  CHECK(linear(row, weight).shape() == Shape{5});
}

TEST_CASE("matmul: gradients for every transpose") {
  for (const bool turn_a : {false, true})
    for (const bool turn_b : {false, true})
      for (const bool batch : {false, true}) {
        INFO("transposes " << turn_a << turn_b << (batch ? ", a batch" : ""));
        const auto shape = [&](std::int64_t rows, std::int64_t columns, bool turned) {
          const Shape matrix = turned ? Shape{columns, rows} : Shape{rows, columns};
          return batch ? Shape{2, matrix[0], matrix[1]} : matrix;
        };
        const auto function = [&](const std::vector<Variable>& inputs) {
          return matmul(inputs[0], inputs[1], {.transpose_a = turn_a, .transpose_b = turn_b});
        };
        const GradcheckReport report = gradcheck(
            function,
            {random_parameter(shape(3, 4, turn_a), 1), random_parameter(shape(4, 5, turn_b), 2)},
            {.atol = 1e-8, .rtol = 1e-7});
        INFO(report.message);
        CHECK(report.passed);
      }
}

TEST_CASE("matmul: the gradient of a factor used for many matrices is summed") {
  const std::pair<Shape, Shape> cases[] = {{{2, 3, 4}, {4, 2}},
                                           {{2, 1, 3, 4}, {1, 3, 4, 2}},
                                           {{3, 4}, {2, 4, 2}},
                                           {{2, 3, 3, 4}, {3, 4, 2}}};
  for (const auto& [a, b] : cases) {
    INFO(a << " by " << b);
    const GradcheckReport report = gradcheck(
        product, {random_parameter(a, 1), random_parameter(b, 2)}, {.atol = 1e-8, .rtol = 1e-7});
    INFO(report.message);
    CHECK(report.passed);
  }
  const GradcheckReport turned = gradcheck(
      [](const std::vector<Variable>& inputs) {
        return matmul(inputs[0], inputs[1], {.transpose_a = true});
      },
      {random_parameter({2, 4, 3}, 1), random_parameter({4, 2}, 2)}, {.atol = 1e-8, .rtol = 1e-7});
  INFO(turned.message);
  CHECK(turned.passed);
}

TEST_CASE("linear: gradients") {
  const auto function = [](const std::vector<Variable>& inputs) {
    return linear(inputs[0], inputs[1], inputs.size() == 3 ? inputs[2] : Variable());
  };
  const Variable x = random_parameter({2, 3, 4}, 1), weight = random_parameter({4, 5}, 2);
  const Variable bias = random_parameter({5}, 3);
  const GradcheckOptions exact{.atol = 1e-8, .rtol = 1e-7};
  for (const auto& inputs : {std::vector<Variable>{x, weight, bias}, {x, weight}}) {
    const GradcheckReport report = gradcheck(function, inputs, exact);
    INFO(report.message);
    CHECK(report.passed);
  }
}

TEST_CASE("linear: data gets no gradient, and the parameters still do") {
  const Variable x(tensor_of<float>({2, 1}, {1, 2}));
  const Variable weight = Variable::parameter(tensor_of<float>({1, 1}, {3}));
  backward(sum(linear(x, weight)));
  CHECK_FALSE(x.has_gradient());
  CHECK(weight.gradient().item<float>() == 3);
}

TEST_CASE("linear: an error shows both shapes") {
  const Variable x(zeros({2, 3})), weight(zeros({4, 5}));
  std::string message;
  try {
    linear(x, weight);
  } catch (const Error& error) {
    message = error.what();
  }
  CHECK(message.find("x is [2, 3] and weight [4, 5]") != std::string::npos);
}
