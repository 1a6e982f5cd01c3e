#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace lectern {

/// Puts tensors one after another along an axis; their other extents are equal.
/// `[batch, 3, d]` and `[batch, 4, d]` along axis 1 give `[batch, 7, d]`. The gradient is cut into
/// the same pieces: slice.
Tensor concatenate(const std::vector<Tensor>& parts, int axis, Where where = Where::current());

/// The part `begin … end−1` of an axis, as a copy. (Along the first axis, Tensor::slice is a view.)
Tensor slice(const Tensor& x, int axis, std::int64_t begin, std::int64_t end,
             Where where = Where::current());

/// Puts tensors of one shape side by side along a new axis: three of `[batch, d]` along axis 1 give
/// `[batch, 3, d]`. The gradient of part i is select(dy, axis, i).
Tensor stack(const std::vector<Tensor>& parts, int axis, Where where = Where::current());

/// What lies at one place of an axis, which disappears: a row, a column, a head. A negative index
/// counts from the end. Along the first axis it is a view, else a copy.
Tensor select(const Tensor& x, int axis, std::int64_t index, Where where = Where::current());

/// Zeros, `extent` long along `axis`, with `x` from `begin` on: the backward of slice.
Tensor surround_with_zeros(const Tensor& x, int axis, std::int64_t begin, std::int64_t extent);

}  // namespace lectern
