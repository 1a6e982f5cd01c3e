#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// max(x, 0). Nair and Hinton 2010.
Tensor relu(const Tensor& x);
/// dy where y > 0, else 0.
Tensor relu_backward(const Tensor& y, const Tensor& gradient);

/// x Φ(x), Φ being the normal distribution function: an input is weighted by how probable it is to
/// be the larger. Hendrycks and Gimpel 2016, exact form.
///
/// \f[ y = \frac{x}{2} \Bigl( 1 + \operatorname{erf} \frac{x}{\sqrt 2} \Bigr) \f]
Tensor gelu(const Tensor& x);
/// \f[ \dot x = \dot y \Bigl( \Phi(x) + \frac{x}{\sqrt{2\pi}} e^{-x^2/2} \Bigr) \f]
Tensor gelu_backward(const Tensor& x, const Tensor& gradient);

}  // namespace lectern
