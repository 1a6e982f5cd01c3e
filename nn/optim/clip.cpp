#include "nn/optim/clip.h"

#include <cmath>

#include "tensor/ops/sum_of_squares.h"

namespace lectern {

double gradient_norm(const std::vector<NamedParameter>& parameters) {
  double sum = 0.0;
  for (const NamedParameter& parameter : parameters)
    if (parameter.variable.gradient().defined()) sum += sum_of_squares(parameter.variable.gradient());
  return std::sqrt(sum);
}

double clip_factor(double norm, double max_norm) {
  if (max_norm <= 0.0 || norm <= max_norm) return 1.0;
  return max_norm / (norm + 1e-6);
}

}  // namespace lectern
