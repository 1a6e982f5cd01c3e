#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// \defgroup reduce Reductions
/// Sums are taken over fixed blocks whose results are added in order: the same bits for any number
/// of threads.
/// @{

/// Sum of all numbers, a scalar. The gradient of every number is dy.
Tensor sum(const Tensor& x, Where where = Where::current());
/// Mean of all numbers, a scalar. The gradient of every number is dy / size.
Tensor mean(const Tensor& x, Where where = Where::current());

/// Whether the axis that is reduced stays with an extent of 1, so that the result can be combined
/// with x again: `x - mean_axis(x, -1, KeepAxis::yes)`. (keepdim, keepdims)
enum class KeepAxis { no, yes };

/// Sums along one axis, which disappears: `[batch, length, d_model]` and axis 1 give
/// `[batch, d_model]`. The gradient repeats dy along that axis: repeat_axis.
Tensor sum_axis(const Tensor& x, int axis, KeepAxis keep = KeepAxis::no,
                Where where = Where::current());
Tensor mean_axis(const Tensor& x, int axis, KeepAxis keep = KeepAxis::no,
                 Where where = Where::current());
/// The mean square of the distance from the mean, \f$ \frac1n \sum_i (x_i - \mu)^2 \f$: what layer
/// normalisation divides by, not the estimate with n − 1.
Tensor variance_axis(const Tensor& x, int axis, KeepAxis keep = KeepAxis::no,
                     Where where = Where::current());
/// The largest number along one axis. Its gradient goes to the largest one, in equal parts where
/// there are several.
Tensor max_axis(const Tensor& x, int axis, KeepAxis keep = KeepAxis::no,
                Where where = Where::current());
/// Sums all rows: `[…, n]` gives `[n]`. The gradient of a bias.
Tensor sum_leading(const Tensor& x, Where where = Where::current());
/// Inserts an axis of the given extent along which `x` repeats: the backward of sum_axis.
/// `[batch, d_model]`, axis 1 and extent 5 give `[batch, 5, d_model]`.
Tensor repeat_axis(const Tensor& x, int axis, std::int64_t extent, Where where = Where::current());

/// The largest number of every row, `[…, n]` to `[…]`.
Tensor max_last(const Tensor& x, Where where = Where::current());
/// Where the largest number of every row stands, `[…, n]` to i32 `[…]`; the first of equal ones.
/// A NaN counts as larger than any number.
Tensor argmax(const Tensor& x, Where where = Where::current());
/// @}

}  // namespace lectern
