#include "autograd/gradcheck.h"

#include <cmath>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/reduce.h"
#include "tensor/random.h"

namespace lectern {
namespace {

/// One number from whatever the function returns.
Variable projected(const VariableFunction& function, const std::vector<Variable>& inputs) {
  const Variable y = function(inputs);
  if (y.value().size() == 1) return sum(y);
  const Tensor weights = random_uniform(y.shape(), -1, 1, RandomKey{.seed = 20170612}, DType::f64);
  return sum(multiply(y, Variable(weights)));
}

double value_of(const VariableFunction& function, const std::vector<Variable>& inputs) {
  const NoGradient no_gradient;
  return projected(function, inputs).value().item<double>();
}

/// The derivative by one element, by moving it to either side.
double central_difference(const VariableFunction& function, const std::vector<Variable>& inputs,
                          double& element, double epsilon) {
  const double middle = element;
  element = middle + epsilon;
  const double right = value_of(function, inputs);
  element = middle - epsilon;
  const double left = value_of(function, inputs);
  element = middle;
  return (right - left) / (2 * epsilon);
}

}  // namespace

GradcheckReport gradcheck(const VariableFunction& function, std::vector<Variable> inputs,
                          const GradcheckOptions& options) {
  for (Variable& input : inputs) {
    check(input.requires_gradient() && input.value().dtype() == DType::f64,
          "gradcheck needs inputs that are f64 parameters: Variable::parameter(tensor)");
    input.zero_gradient();
  }
  backward(projected(function, inputs));

  GradcheckReport report;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    Tensor& value = inputs[k].mutable_value();
    const Tensor gradient =
        inputs[k].gradient().defined() ? inputs[k].gradient() : zeros_like(value);
    for (std::int64_t i = 0; i < value.size(); ++i) {
      const double derivative = gradient.data<double>()[i];
      const double difference =
          central_difference(function, inputs, value.data<double>()[i], options.epsilon);
      const double error = std::abs(derivative - difference);
      report.largest_error = std::max(report.largest_error, error);
      const bool close = error <= options.atol + options.rtol * std::abs(difference);
      if (close || !report.passed) continue;
      report.passed = false;
      report.message = text("input ", k, " of shape ", value.shape(), ", element ", i,
                            ": backward() says ", derivative, ", central differences ", difference);
    }
  }
  return report;
}

}  // namespace lectern
