#pragma once

#include "tensor/random.h"
#include "tensor/tensor.h"

namespace lectern {

/// \defgroup dropout Dropout
/// Srivastava et al. 2014, in the inverted form: what is kept is scaled up, so that nothing changes
/// at evaluation. The mask \f$ k_i \f$ is a pure function of the key: it is drawn again whenever it
/// is needed and costs no memory. Probability 0 draws nothing.
/// @{

/// \f[ y_i = \frac{k_i\, x_i}{1 - p}, \qquad k_i = [\,\mathrm{word}_i \ge p \cdot 2^{32}\,] \f]
///
/// Its own backward: \f$ \dot x_i = k_i \dot y_i / (1-p) \f$ is dropout of the gradient with the
/// same key. \param probability  of dropping an element, 0 ≤ p < 1
Tensor dropout(const Tensor& x, double probability, RandomKey key, Where where = Where::current());

/// residual + dropout(x), in one pass. The gradient of the residual is dy, that of x dropout(dy).
Tensor dropout_add(const Tensor& x, const Tensor& residual, double probability, RandomKey key,
                   Where where = Where::current());

/// dropout(relu(x)), in one pass.
Tensor relu_dropout(const Tensor& x, double probability, RandomKey key,
                    Where where = Where::current());

/// \f[ \dot x_i = \frac{\dot y_i}{1-p} \text{ where } y_i > 0, \text{ else } 0 \f]
/// A positive output is one that was positive and kept, so neither mask is needed.
Tensor relu_dropout_backward(const Tensor& y, const Tensor& gradient, double probability);
/// @}

}  // namespace lectern
