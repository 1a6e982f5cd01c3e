#pragma once

#include <algorithm>
#include <cstdint>

#include "tensor/microkernel/tile.h"

namespace lectern {

namespace microkernel {

/// C = start: what a product over no depth is.
template <class T>
void copy_start(ProductExtents extents, Rows<const T> start, Rows<T> c) {
  for (std::int64_t row = 0; row < extents.rows; ++row) {
    T* target = c.data + row * c.row_stride;
    if (start.data)
      std::copy_n(start.data + row * start.row_stride, extents.columns, target);
    else
      std::fill_n(target, extents.columns, T{});
  }
}

}  // namespace microkernel

/// C = start + A B, in the calling thread: what the matrix product and the fused attention kernels
/// are made of. A is `Strided<T>` or `Tiles<T, order>`.
///
/// Every element is the sum `start + a₀b₀ + a₁b₁ + …`, in this order and with fused steps, whatever
/// tile it falls into. So its bits depend neither on how a product is cut into blocks nor on how
/// many rows are calculated together: one row of a product equals that row of the whole product.
///
/// \param extents  the depth counted in steps of T: for pairs of bf16, half the factors' depth
/// \param start  `{nullptr, 0}` for zero; C itself to add to what it holds; `{bias, 0}` to begin
///               every row with the same numbers
/// Cost: rows · columns · depth multiply-adds. Fastest when B's block (depth × columns) fits the
/// second-level cache and depth is at most a few hundred.
template <class T, class Left>
void multiply_block(ProductExtents extents, Left a, Panels<T> b, Rows<const NumberOf<T>> start,
                    Rows<NumberOf<T>> c) {
  if (extents.depth == 0) return microkernel::copy_start<NumberOf<T>>(extents, start, c);
  std::int64_t row = 0;
  const auto take = [&]<int rows>(std::int64_t tiles) {
    microkernel::multiply_tiles<rows, T>(
        tiles, extents.columns, extents.depth, a.below(row), b,
        {start.data ? start.data + row * start.row_stride : nullptr, start.row_stride},
        {c.data + row * c.row_stride, c.row_stride});
    row += tiles * rows;
  };
  const microkernel::TileHeights heights(extents.rows);
  if (heights.whole > 0) take.template operator()<tile_rows>(heights.whole);
  for (const int height : heights.last)
    microkernel::with_height(height, [&]<int rows>() { take.template operator()<rows>(1); });
}

}  // namespace lectern
