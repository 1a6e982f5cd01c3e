#pragma once

#include <vector>

#include "nn/module.h"
#include "tensor/ops/step_numbers.h"

namespace lectern {

/// Length of all gradients taken as one vector: \f$ \sqrt{\sum_i g_i^2} \f$. Waits for the device.
double gradient_norm(const std::vector<NamedParameter>& parameters);

/// Measures all gradients as one vector, and makes a step's gradient_scale so small that the norm is
/// at most `max_norm` (0: leaves it); see limit_step. Does not wait for the device.
void limit_gradients(const std::vector<NamedParameter>& parameters, double max_norm,
                     Tensor& numbers);

}  // namespace lectern
