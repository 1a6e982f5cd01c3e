#pragma once

#include "autograd/variable.h"

namespace lectern {

/// Which factors are stored transposed, as in MatmulOptions (tensor/ops/matmul.h).
struct MatmulTranspose {
  bool transpose_a = false;  ///< a is [..., depth, row]
  bool transpose_b = false;  ///< b is [..., column, depth]
};

/// The matrix product, with derivatives; the shapes are those of tensor/ops/matmul.h.
///
/// \f[ y = a b, \qquad \frac{\partial L}{\partial a} = \dot y\, b^\top, \qquad
///     \frac{\partial L}{\partial b} = a^\top \dot y \f]
///
/// The gradient of a factor that served several matrices of a batch is summed over them. A gradient
/// that no input requires is not calculated.
Variable matmul(const Variable& a, const Variable& b, MatmulTranspose which = {},
                Where where = Where::current());

/// Of two vectors: \f$ \sum_i a_i b_i \f$, and \f$ a_i b_j \f$.
Variable dot(const Variable& a, const Variable& b, Where where = Where::current());
Variable outer(const Variable& a, const Variable& b, Where where = Where::current());

/// \f[ y = x W + b, \qquad \dot x = \dot y\, W^\top, \quad \dot W = x^\top \dot y, \quad
///     \dot b = \textstyle\sum_{rows} \dot y \f]
///
/// \param x          `[..., in]`
/// \param weight     `[in, out]`; `[out, in]` where `transpose_b` says so, as an embedding that is
///                   tied to the output layer
/// \param bias       `[out]`, or undefined for none
/// \return           `[..., out]`
Variable linear(const Variable& x, const Variable& weight, const Variable& bias = {},
                MatmulTranspose which = {}, Where where = Where::current());

}  // namespace lectern
