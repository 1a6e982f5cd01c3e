#pragma once

#include "tensor/ops/arithmetic.h"

namespace lectern {

/// \defgroup compare Comparing and choosing
/// Elementwise, with the broadcasting of arithmetic.h. A condition is a tensor of numbers: 0 is no,
/// anything else yes.
/// @{

/// The larger of two numbers; a NaN where either is one. The gradient goes to the larger one, and
/// half to each where they are equal.
Tensor maximum(const Tensor& a, const Operand& b, Where where = Where::current());
/// \f$ \dot a \f$; that of b is maximum_backward(b, a, dy).
Tensor maximum_backward(const Tensor& a, const Tensor& b, const Tensor& dy);

/// 1 where a > b, where a = b, else 0, in the dtype of both.
Tensor greater(const Tensor& a, const Operand& b, Where where = Where::current());
Tensor equal(const Tensor& a, const Operand& b, Where where = Where::current());

/// The number of `a` where the condition holds, that of `b` where it does not: what is not chosen may
/// be NaN. (NumPy's and PyTorch's where; the condition in the dtype of both.)
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b,
             Where line = Where::current());
/// The numbers of `x` where the condition holds, or does not, and 0 elsewhere: the gradients of a and
/// b are keep_where(condition, dy) and keep_where_not(condition, dy).
Tensor keep_where(const Tensor& condition, const Tensor& x, Where line = Where::current());
Tensor keep_where_not(const Tensor& condition, const Tensor& x, Where line = Where::current());
/// @}

}  // namespace lectern
