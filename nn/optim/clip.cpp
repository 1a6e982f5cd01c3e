#include "nn/optim/clip.h"

#include <cmath>

#include "tensor/ops/sum_of_squares.h"

namespace lectern {
namespace {

std::vector<Tensor> gradients_of(const std::vector<NamedParameter>& parameters) {
  std::vector<Tensor> gradients;
  for (const NamedParameter& parameter : parameters)
    if (parameter.variable.has_gradient()) gradients.push_back(parameter.variable.gradient());
  return gradients;
}

}  // namespace

double gradient_norm(const std::vector<NamedParameter>& parameters) {
  const std::vector<Tensor> gradients = gradients_of(parameters);
  return gradients.empty() ? 0.0 : std::sqrt(sum_of_squares(gradients).item<double>());
}

void limit_gradients(const std::vector<NamedParameter>& parameters, double max_norm,
                     Tensor& numbers) {
  const std::vector<Tensor> gradients = gradients_of(parameters);
  if (!gradients.empty()) limit_step(numbers, sum_of_squares(gradients), max_norm);
}

}  // namespace lectern
