#pragma once

#include <cstdint>
#include <vector>

#include "tensor/ops/broadcast_layout.h"
#include "tensor/tensor.h"

namespace lectern {

/// The axes of a permutation's result, and how far one step along each goes in the operand. Axes
/// that stay neighbours are merged, so that [batch, length, head, d_head] → [batch, head, length,
/// d_head] copies whole heads.
struct PermuteWalk {
  int rank = 0;
  AxisNumbers extents{}, steps{};

  PermuteWalk(const Tensor& x, const std::vector<int>& axes) {
    for (const int axis : axes)
      if (x.dim(axis) != 1) append(x.dim(axis), x.shape().inner(axis));
    if (rank == 0) append(1, 1);
  }

  std::int64_t width() const { return extents[rank - 1]; }

  /// How often the last axis is walked.
  std::int64_t rows() const {
    std::int64_t product = 1;
    for (int axis = 0; axis < rank - 1; ++axis) product *= extents[axis];
    return product;
  }

  /// True when rows of the result lie side by side in the operand: a transposed matrix.
  bool transposes() const { return rank > 1 && steps[rank - 2] == 1; }

  /// Where the walk over row `row` begins in the operand.
  constexpr std::int64_t offset(std::int64_t row) const {
    return offset_of_row(row, rank, extents, steps);
  }

 private:
  void append(std::int64_t extent, std::int64_t step) {
    const bool continues = rank > 0 && steps[rank - 1] == step * extent;
    const int axis = continues ? rank - 1 : rank++;
    extents[axis] = continues ? extents[axis] * extent : extent;
    steps[axis] = step;
  }
};

}  // namespace lectern
