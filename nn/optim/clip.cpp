#include "nn/optim/clip.h"

#include <cmath>

#include "tensor/ops/sum_of_squares.h"

namespace lectern {

double gradient_norm(const std::vector<NamedParameter>& parameters) {
  Tensor sum;  // on the parameters' device, asked for once
  for (const NamedParameter& parameter : parameters) {
    const Tensor& gradient = parameter.variable.gradient();
    if (!gradient.defined()) continue;
    if (!sum.defined()) sum = zeros({}, DType::f64, gradient.device());
    add_sum_of_squares(gradient, sum);
  }
  return sum.defined() ? std::sqrt(sum.item<double>()) : 0.0;
}

double clip_factor(double norm, double max_norm) {
  if (max_norm <= 0.0 || norm <= max_norm) return 1.0;
  return max_norm / (norm + 1e-6);
}

}  // namespace lectern
