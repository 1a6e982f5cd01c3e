#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// \defgroup reduce Reductions
/// Sums are taken over fixed blocks whose results are added in order: the same bits for any number
/// of threads.
/// @{

/// Sum of all numbers, a scalar. The gradient of every number is dy.
Tensor sum(const Tensor& x);
/// Mean of all numbers, a scalar. The gradient of every number is dy / size.
Tensor mean(const Tensor& x);

/// Sums along one axis, which disappears: `[batch, length, d_model]` and axis 1 give
/// `[batch, d_model]`. The gradient repeats dy along that axis: repeat_axis.
Tensor sum_axis(const Tensor& x, int axis);
/// Sums all rows: `[…, n]` gives `[n]`. The gradient of a bias.
Tensor sum_leading(const Tensor& x);
/// Inserts an axis of the given extent along which `x` repeats: the backward of sum_axis.
/// `[batch, d_model]`, axis 1 and extent 5 give `[batch, 5, d_model]`.
Tensor repeat_axis(const Tensor& x, int axis, std::int64_t extent);

/// The largest number of every row, `[…, n]` to `[…]`.
Tensor max_last(const Tensor& x);
/// Where the largest number of every row stands, `[…, n]` to i32 `[…]`; the first of equal ones.
/// A NaN counts as larger than any number.
Tensor argmax(const Tensor& x);
/// @}

}  // namespace lectern
