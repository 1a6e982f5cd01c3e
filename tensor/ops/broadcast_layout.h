#pragma once

#include <array>
#include <cstdint>

#include "tensor/shape.h"

namespace lectern {

/// One number for each axis of a walk over a tensor.
using AxisNumbers = std::array<std::int64_t, Shape::max_rank>;

/// Where the walk over row `row`, the last of the `rank` axes, begins in an operand with these
/// steps.
constexpr std::int64_t offset_of_row(std::int64_t row, int rank, const AxisNumbers& extents,
                                     const AxisNumbers& steps) {
  std::int64_t offset = 0;
  for (int axis = rank - 2; axis >= 0; --axis) {
    offset += row % extents[axis] * steps[axis];
    row /= extents[axis];
  }
  return offset;
}

/// How an elementwise operation walks over its operands: the axes of the result, and how many
/// elements further one step along each of them goes in each operand (0 where it repeats).
///
/// Neighbouring axes that can be walked as one are merged. So equal shapes give one axis, and a row
/// vector added to a matrix gives two: one kernel covers the common cases at full speed. The steps
/// of the last axis are 0 or 1.
struct BroadcastLayout {
  BroadcastLayout(const Shape& a, const Shape& b);

  using Steps = AxisNumbers;

  int rank = 0;
  Steps extents{}, a_step{}, b_step{};

  /// Elements of the last axis, and how often it is walked.
  std::int64_t width() const { return extents[rank - 1]; }
  std::int64_t rows() const;
  /// Where the walk over row `row` begins in an operand with these steps.
  constexpr std::int64_t offset(std::int64_t row, const Steps& steps) const {
    return offset_of_row(row, rank, extents, steps);
  }

 private:
  void append(std::int64_t extent, std::int64_t step_in_a, std::int64_t step_in_b);
};

}  // namespace lectern
