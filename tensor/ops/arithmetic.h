#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// \defgroup arithmetic Arithmetic
/// Elementwise, with NumPy's broadcasting: axes are matched from the right, and an extent of 1, or
/// a missing axis, repeats. So a bias `[d_model]` is added to every row of `[batch, length,
/// d_model]`. The gradient of a repeated operand is summed over the axes along which it was
/// repeated: sum_to.
///
/// | | value | by a | by b |
/// |---|---|---|---|
/// | add      | a + b | dy     | dy          |
/// | subtract | a − b | dy     | −dy         |
/// | multiply | a · b | dy · b | dy · a      |
/// | divide   | a / b | dy / b | −dy · y / b |
/// @{
Tensor add(const Tensor& a, const Tensor& b);
Tensor subtract(const Tensor& a, const Tensor& b);
Tensor multiply(const Tensor& a, const Tensor& b);
Tensor divide(const Tensor& a, const Tensor& b);

/// factor · x; its gradient is factor · dy.
Tensor scale(const Tensor& x, double factor);

/// a += b, where b is broadcast to the shape of a.
void add_in_place(Tensor& a, const Tensor& b);

/// Sums `x` over the axes along which `shape` was repeated to become the shape of x: the backward
/// of broadcasting.
Tensor sum_to(const Tensor& x, const Shape& shape);
/// @}

}  // namespace lectern
