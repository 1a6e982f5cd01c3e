#include "autograd/gradcheck.h"

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/pointwise.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

Variable parameter() { return Variable::parameter(normal({2, 3}, 1)); }

/// x², with a derivative of `slope` · x instead of 2x.
Variable square_with_slope(const Variable& x, double slope) {
  return record("square", multiply(x, x).value(), {x}, [x, slope](const Tensor& dy) -> Gradients {
    return {multiply(Variable(dy), scale(x.detach(), slope)).value()};
  });
}

}  // namespace

TEST_CASE("gradcheck: passes a right derivative and leaves the inputs as they were") {
  const Variable x = parameter();
  const Tensor before = x.value().clone();
  const GradcheckReport report =
      gradcheck([](const auto& in) { return square_with_slope(in[0], 2); }, {x});
  CHECK(report.passed);
  CHECK(report.message.empty());
  CHECK(report.largest_error < 1e-8);
  CHECK(same_bits(x.value(), before));
}

TEST_CASE("gradcheck: reports the first element of a wrong derivative") {
  const GradcheckReport report =
      gradcheck([](const auto& in) { return add(in[0], square_with_slope(in[1], 3)); },
                {parameter(), parameter()});
  CHECK_FALSE(report.passed);
  CHECK(contains(report.message, "input 1 of shape [2, 3], element 0"));
  CHECK(contains(report.message, "central differences"));
}

TEST_CASE("gradcheck: finds a derivative that was forgotten") {
  const GradcheckReport report =
      gradcheck([](const auto& in) { return add(exp(in[0]), exp(in[1].detach())); },
                {parameter(), parameter()});
  CHECK_FALSE(report.passed);
  CHECK(contains(report.message, "input 1 of shape [2, 3], element 0: backward() says 0,"));
}

TEST_CASE("gradcheck: refuses f32 and constants") {
  const auto function = [](const auto& in) { return exp(in[0]); };
  CHECK(contains(message_of([&] { gradcheck(function, {Variable(normal({2}, 1))}); }),
                 "tensor_of<double>(…)); one is f64 and no parameter"));
  CHECK(contains(
      message_of([&] { gradcheck(function, {Variable::parameter(normal({2}, 1, DType::f32))}); }),
      "Variable::parameter(tensor_of<double>(…)); one is f"));
}
