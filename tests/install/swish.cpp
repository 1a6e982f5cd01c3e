// An op that the library does not have, with its derivative: swish(x) = x σ(x) (Ramachandran et al.
// 2017, "Searching for Activation Functions"). Prints its value and slope at 1, and how far the
// derivative is from differences.
#include <iostream>

#include "autograd/gradcheck.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/pointwise.h"

using namespace lectern;

/// dy/dx = σ + y (1 − σ)
Variable swish(const Variable& x) {
  const Tensor gate = sigmoid(x.value()), y = multiply(x.value(), gate);
  return record("swish", y, {x}, [gate, y](const Tensor& dy) -> Gradients {
    return {multiply(dy, add(gate, subtract(y, multiply(y, gate))))};
  });
}

int main() {
  const Variable x = Variable::parameter(tensor_of<double>({3}, {-2, 0, 1}));
  const Variable y = swish(x);
  backward(y, full({3}, 1, DType::f64));
  const double slope = x.gradient().to_vector<double>()[2];
  const GradcheckReport report =
      gradcheck([](const std::vector<Variable>& inputs) { return swish(inputs[0]); }, {x});
  std::cout << y.value().to_vector<double>()[2] << " " << slope << " " << report.message << "\n";
  return report.passed ? 0 : 1;
}
