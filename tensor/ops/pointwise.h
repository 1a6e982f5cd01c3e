#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// \defgroup pointwise Functions of one number
/// Applied to every element. The derivatives are written by the output y where that is shorter:
///
/// | | y | gradient of x |
/// |---|---|---|
/// | exp     | e^x             | dy · y           |
/// | log     | ln x            | dy / x           |
/// | sqrt    | √x              | dy / 2y          |
/// | tanh    | tanh x          | dy · (1 − y²)    |
/// | sigmoid | 1 / (1 + e^−x)  | dy · y · (1 − y) |
/// @{
Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor tanh(const Tensor& x);
Tensor sigmoid(const Tensor& x);

Tensor tanh_backward(const Tensor& y, const Tensor& gradient);
Tensor sigmoid_backward(const Tensor& y, const Tensor& gradient);
/// @}

}  // namespace lectern
