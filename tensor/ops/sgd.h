#pragma once

#include <vector>

#include "tensor/ops/step_numbers.h"

namespace lectern {

/// What stays the same from one step of stochastic gradient descent to the next.
struct SgdCoefficients {
  double momentum = 0;      ///< μ
  double weight_decay = 0;  ///< λ
};

/// A parameter and its velocity: three tensors of one shape and dtype.
struct SgdParameter {
  Tensor weight, gradient, velocity;
  bool decays = true;
};

/// One step of gradient descent with momentum for all parameters, in place; on a GPU, in one launch.
/// Nothing changes when `numbers` say that the training has stopped.
///
/// \f[ u \leftarrow \mu u + (g + \lambda w), \qquad w \leftarrow w - \eta u \f]
///
/// The velocity u begins as zeros. Sutskever et al. 2013, section 2, as PyTorch writes it.
/// \param parameters  all of one dtype and on one device
/// \param numbers     of the step, on the same device
void sgd_update(std::vector<SgdParameter> parameters, const SgdCoefficients& coefficients,
                const Tensor& numbers);

}  // namespace lectern
