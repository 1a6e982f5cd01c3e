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
Tensor add(const Tensor& a, const Tensor& b, Where where = Where::current());
Tensor subtract(const Tensor& a, const Tensor& b, Where where = Where::current());
Tensor multiply(const Tensor& a, const Tensor& b, Where where = Where::current());
Tensor divide(const Tensor& a, const Tensor& b, Where where = Where::current());

/// factor · x; its gradient is factor · dy.
Tensor scale(const Tensor& x, double factor, Where where = Where::current());
/// −x
inline Tensor negative(const Tensor& x, Where where = Where::current()) {
  return scale(x, -1, where);
}

/// The right side of an operator: a tensor or a number, and the line of the program where it stands,
/// so that an error of `a + b` names that line.
struct Operand {
  Operand(const Tensor& x, Where line = Where::current()) : tensor(x), where(line) {}
  Operand(double x, Where line = Where::current()) : number(x), where(line) {}
  /// The tensor, or the number as a scalar of the dtype and device of `other`.
  Tensor beside(const Tensor& other) const;

  Tensor tensor;  ///< undefined for a number
  double number = 0;
  Where where;
};

/// `a + b`, `2 * a`, `-a`: the functions above, `*` elementwise as in NumPy. The matrix product is
/// matmul(a, b).
Tensor operator+(const Tensor& a, const Operand& b);
Tensor operator-(const Tensor& a, const Operand& b);
Tensor operator*(const Tensor& a, const Operand& b);
Tensor operator/(const Tensor& a, const Operand& b);
Tensor operator+(double a, const Operand& b);
Tensor operator-(double a, const Operand& b);
Tensor operator*(double a, const Operand& b);
Tensor operator/(double a, const Operand& b);
Tensor operator-(const Tensor& x);

/// a += b, where b is broadcast to the shape of a.
void add_in_place(Tensor& a, const Tensor& b, Where where = Where::current());

/// Sums `x` over the axes along which `shape` was repeated to become the shape of x: the backward
/// of broadcasting.
Tensor sum_to(const Tensor& x, const Shape& shape);
/// @}

}  // namespace lectern
