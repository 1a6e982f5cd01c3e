#pragma once

#include "tensor/ops/adam.h"

namespace lectern {

/// The numbers of a step in the precision of the weights, with the bias corrections multiplied in.
template <class T>
struct AdamFactors {
  T beta1, beta2, epsilon, step_size, correction, l2, shrink, gradient_scale;
};

template <class T>
constexpr AdamFactors<T> adam_factors(const AdamCoefficients& c, const StepNumbers& step,
                                      bool decays) {
  const double decay = decays ? c.weight_decay : 0;
  return {.beta1 = static_cast<T>(c.beta1),
          .beta2 = static_cast<T>(c.beta2),
          .epsilon = static_cast<T>(c.epsilon),
          .step_size = static_cast<T>(step.learning_rate / step.correction1),
          .correction = static_cast<T>(1 / step.correction2),
          .l2 = static_cast<T>(c.decoupled_weight_decay ? 0 : decay),
          .shrink = static_cast<T>(c.decoupled_weight_decay ? 1 - step.learning_rate * decay : 1),
          .gradient_scale = static_cast<T>(step.gradient_scale)};
}

}  // namespace lectern
