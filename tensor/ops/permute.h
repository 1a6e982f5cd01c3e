#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace lectern {

/// Reorders the axes: axis k of the result is axis `axes[k]` of `x`. A copy, since tensors are
/// always contiguous.
///
/// `[batch, length, head, d_head]` with axes {0, 2, 1, 3} gives `[batch, head, length, d_head]`.
/// The gradient is permuted back: permute(dy, inverse_axes(axes)).
Tensor permute(const Tensor& x, const std::vector<int>& axes, Where where = Where::current());

/// The axes that undo `axes`: {0, 3, 1, 2} for {0, 2, 3, 1}.
std::vector<int> inverse_axes(const std::vector<int>& axes);

/// Swaps the last two axes: `[…, row, column]` to `[…, column, row]`. Its own backward.
Tensor transpose(const Tensor& x, Where where = Where::current());

/// Gives every head its share of the model's features: `[batch, length, d_model]` to
/// `[batch, head, length, d_head]`, with d_model = head · d_head. Vaswani et al. 2017,
/// section 3.2.2.
Tensor split_heads(const Tensor& x, std::int64_t heads, Where where = Where::current());

/// The inverse and the backward of split_heads, which in turn is its backward.
Tensor merge_heads(const Tensor& x, Where where = Where::current());

}  // namespace lectern
