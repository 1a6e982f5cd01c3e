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
  return sum(multiply(y, Variable(weights.to(y.value().device()))));
}

double value_of(const VariableFunction& function, const std::vector<Variable>& inputs) {
  const NoGradient no_gradient;
  return projected(function, inputs).value().item<double>();
}

/// The derivative by one element, a view of its input, by moving it to either side.
double central_difference(const VariableFunction& function, const std::vector<Variable>& inputs,
                          Tensor element, double epsilon) {
  const auto move_to = [&](double number) {
    element.copy_from(full(element.shape(), number, DType::f64, element.device()));
  };
  const double middle = element.item<double>();
  move_to(middle + epsilon);
  const double right = value_of(function, inputs);
  move_to(middle - epsilon);
  const double left = value_of(function, inputs);
  move_to(middle);
  return (right - left) / (2 * epsilon);
}

}  // namespace

GradcheckReport gradcheck(const VariableFunction& function, std::vector<Variable> inputs,
                          const GradcheckOptions& options, Where where) {
  for (Variable& input : inputs) {
    check(
        input.requires_gradient() && input.value().dtype() == DType::f64,
        [&] {
          return text(
              "gradcheck compares in double precision and needs inputs like "
              "Variable::parameter(tensor_of<double>(…)); one is ",
              input.value().dtype(),
              input.requires_gradient() ? " and a parameter" : " and no parameter");
        },
        where);
    input.zero_gradient();
  }
  backward(projected(function, inputs));

  GradcheckReport report;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const Tensor& value = inputs[k].value();
    const Tensor elements = value.reshape({-1});
    const std::vector<double> derivatives =
        (inputs[k].has_gradient() ? inputs[k].gradient() : zeros_like(value)).to_vector<double>();
    for (std::int64_t i = 0; i < value.size(); ++i) {
      const double derivative = derivatives[i];
      const double difference =
          central_difference(function, inputs, elements.slice(i, i + 1), options.epsilon);
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
