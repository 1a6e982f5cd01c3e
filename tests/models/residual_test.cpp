#include "models/residual.h"

#include "autograd/gradcheck.h"
#include "autograd/ops/arithmetic.h"
#include "models/output_layer.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

Variable triple(const Variable& x) { return scale(x, 3); }

}  // namespace

TEST_CASE("residual: the order of norm and sum, by hand") {
  // The row 1, 3 has mean 2 and variance 1: its norm is −1, 1 but for ε.
  const Variable x(tensor_of<double>({1, 2}, {1, 3}));
  Initializer init(1, DType::f64);
  const Residual pre({.d_model = 2, .dropout = 0, .norm_first = true}, init);
  const auto sum = numbers(pre(x, triple).value());  // x + 3 · norm(x)
  CHECK(sum[0] == Approx(1 - 3).epsilon(1e-4));
  CHECK(sum[1] == Approx(3 + 3).epsilon(1e-4));
  const Residual post({.d_model = 2, .dropout = 0, .norm_first = false}, init);
  const auto normed = numbers(post(x, triple).value());  // norm(4 x)
  CHECK(normed[0] == Approx(-1).epsilon(1e-4));
  CHECK(normed[1] == Approx(1).epsilon(1e-4));
}

TEST_CASE("residual: gradient in either order, with dropout") {
  for (const bool norm_first : {true, false}) {
    Initializer init(1, DType::f64);
    Residual residual({.d_model = 4, .dropout = 0.3, .norm_first = norm_first}, init);
    residual.dropout().set_mode({.training = true, .key = {.seed = 2}});
    const GradcheckReport report = gradcheck(
        [&](const std::vector<Variable>& in) {
          return residual(in[0], [](const Variable& y) { return multiply(y, y); });
        },
        {Variable::parameter(normal({2, 3, 4}, 1)), parameters(residual.norm())[0].variable,
         parameters(residual.norm())[1].variable},
        {.atol = 1e-8, .rtol = 1e-6});
    INFO(report.message);
    CHECK(report.passed);
  }
}

TEST_CASE("output layer: by hand, with a table of its own and with an embedding's") {
  Initializer init(1, DType::f64);
  const Variable x(tensor_of<double>({1, 1, 2}, {1, 2}));
  OutputLayer own(2, 3, init);
  std::vector<NamedParameter> parts = parameters(own);
  CHECK(parts[0].name == "weight");
  parts[0].variable.set_value(tensor_of<double>({2, 3}, {1, 0, 2, 0, 1, 3}));
  parts[1].variable.set_value(tensor_of<double>({3}, {0.5, 0, -1}));
  CHECK(numbers(own(x).value()) == std::vector<double>{1.5, 2, 7});

  const Variable embedding =
      Variable::parameter(tensor_of<double>({3, 2}, {1, 0, 0, 1, 2, 3}));  // the same, transposed
  OutputLayer tied(embedding, init);
  CHECK(parameters(tied)[0].variable.is_same(embedding));
  CHECK(numbers(tied(x).value()) == std::vector<double>{1, 2, 8});
}
