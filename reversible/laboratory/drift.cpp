#include "reversible/laboratory/drift.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "tensor/ops/arithmetic.h"
#include "tensor/ops/sum_of_squares.h"

namespace lectern {
namespace {

using Streams = std::array<ResidualStream, 2>;

std::vector<Variable> variables(const std::vector<Tensor>& values, std::size_t first) {
  std::vector<Variable> result;
  for (std::size_t i = first; i < values.size(); ++i)
    result.push_back(Variable::parameter(values[i]));
  return result;
}

double length(const std::vector<Tensor>& parts) {
  return std::sqrt(sum_of_squares(parts).item<double>());
}

/// How far `streams` are from what they were.
double error_of(const Streams& streams, const std::array<Tensor, 2>& before) {
  double largest = 0;
  for (int s = 0; s < 2; ++s)
    largest =
        std::max(largest, length({subtract(streams[s].value(), before[s])}) / length({before[s]}));
  return largest;
}

std::vector<double> errors_by_depth(const std::vector<StreamFunction>& functions,
                                    const std::vector<Tensor>& inputs, StreamNumbers numbers) {
  std::vector<ResidualHalf> halves(functions.begin(), functions.end());
  const std::vector<Variable> outside = variables(inputs, 2);
  Streams streams{ResidualStream(inputs[0], numbers), ResidualStream(inputs[1], numbers)};
  std::vector<std::array<Tensor, 2>> before;
  for (std::size_t i = 0; i < halves.size(); ++i) {
    before.push_back({streams[0].value(), streams[1].value()});
    halves[i].forward(streams[i % 2], streams[1 - i % 2], outside);
  }
  std::vector<double> errors;
  for (std::size_t i = halves.size(); i-- > 0;) {
    halves[i].inverse(streams[i % 2], streams[1 - i % 2], outside);
    errors.push_back(error_of(streams, before[i]));
  }
  return errors;
}

/// The gradients of all inputs and parameters; `stack(x1, x2, outside)` is one of the two ways.
template <class Stack>
std::vector<Tensor> gradients_of(const Stack& stack, const std::vector<Tensor>& inputs,
                                 std::vector<NamedParameter>& learned) {
  std::vector<Variable> in = variables(inputs, 0);
  const Variable output = stack(in[0], in[1], std::vector(in.begin() + 2, in.end()));
  for (NamedParameter& parameter : learned) parameter.variable.zero_gradient();
  backward(output, random_normal(output.shape(), 1, {.seed = 1}, output.value().dtype())
                       .to(output.value().device()));
  for (const NamedParameter& parameter : learned) in.push_back(parameter.variable);
  std::vector<Tensor> gradients;
  for (Variable& variable : in) {
    gradients.push_back(variable.has_gradient() ? variable.gradient()
                                                : zeros_like(variable.value()));
    variable.zero_gradient();
  }
  return gradients;
}

/// 1 − a·b / (‖a‖ ‖b‖) = ‖a/‖a‖ − b/‖b‖‖² / 2, which does not cancel where the angle is small.
double one_minus_cosine(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  const double a_norm = length(a), b_norm = length(b);
  std::vector<Tensor> difference;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference.push_back(subtract(a[i], scale(b[i], a_norm / b_norm)));
  const double relative = length(difference) / a_norm;
  return relative * relative / 2;
}

}  // namespace

DriftReport measure_drift(const std::vector<StreamFunction>& functions,
                          const std::vector<Tensor>& inputs, std::vector<NamedParameter> learned,
                          StreamNumbers numbers) {
  check(inputs.size() >= 2, "measure_drift needs x1 and x2, the streams' beginnings");
  const auto stored = [&](const Variable& x1, const Variable& x2,
                          const std::vector<Variable>& outside) {
    return reversible_stack_by_definition(functions, x1, x2, outside);
  };
  const auto recalculated = [&](const Variable& x1, const Variable& x2,
                                const std::vector<Variable>& outside) {
    return reversible_stack(functions, x1, x2, outside, numbers);
  };
  DriftReport report;
  report.by_depth = errors_by_depth(functions, inputs, numbers);
  report.gradient_disagreement = one_minus_cosine(gradients_of(stored, inputs, learned),
                                                  gradients_of(recalculated, inputs, learned));
  return report;
}

}  // namespace lectern
