#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// The numbers of one step of stochastic gradient descent.
struct SgdCoefficients {
  double learning_rate = 0.01;  ///< η
  double momentum = 0;          ///< μ
  double weight_decay = 0;      ///< λ
  double gradient_scale = 1;    ///< multiplies the gradient first, so that clipping costs no pass
};

/// One step of gradient descent with momentum, in place.
///
/// \f[ u \leftarrow \mu u + (g + \lambda w), \qquad w \leftarrow w - \eta u \f]
///
/// The velocity u begins as zeros. Sutskever et al. 2013, section 2, as PyTorch writes it.
void sgd_update(Tensor& weight, const Tensor& gradient, Tensor& velocity,
                const SgdCoefficients& coefficients);

}  // namespace lectern
