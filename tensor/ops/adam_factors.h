#pragma once

#include <cmath>

#include "tensor/ops/adam.h"

namespace lectern {

/// The coefficients in the precision of the weights, with the bias corrections multiplied in.
template <class T>
struct AdamFactors {
  T beta1, beta2, epsilon, step_size, correction, l2, shrink, gradient_scale;

  explicit AdamFactors(const AdamCoefficients& c)
      : beta1(static_cast<T>(c.beta1)),
        beta2(static_cast<T>(c.beta2)),
        epsilon(static_cast<T>(c.epsilon)),
        step_size(static_cast<T>(c.learning_rate / c.correction1)),
        correction(static_cast<T>(1 / std::sqrt(c.correction2))),
        l2(static_cast<T>(c.decoupled_weight_decay ? 0 : c.weight_decay)),
        shrink(static_cast<T>(c.decoupled_weight_decay ? 1 - c.learning_rate * c.weight_decay : 1)),
        gradient_scale(static_cast<T>(c.gradient_scale)) {}
};

}  // namespace lectern
