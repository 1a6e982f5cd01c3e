#include "tensor/ops/broadcast_layout.h"

namespace lectern {
namespace {

/// The extent of an operand along an axis of the result, both counted from the right.
std::int64_t extent_or_one(const Shape& shape, int axis) {
  return -axis <= shape.rank() ? shape[axis] : 1;
}

/// Elements of an operand after `axis`.
std::int64_t stride(const Shape& shape, int axis) {
  std::int64_t product = 1;
  for (int i = axis + 1; i < 0; ++i) product *= extent_or_one(shape, i);
  return product;
}

}  // namespace

BroadcastLayout::BroadcastLayout(const Shape& a, const Shape& b) {
  const Shape result = broadcast(a, b);
  for (int axis = -result.rank(); axis < 0; ++axis) {
    const bool a_repeats = extent_or_one(a, axis) == 1, b_repeats = extent_or_one(b, axis) == 1;
    if (result[axis] != 1)
      append(result[axis], a_repeats ? 0 : stride(a, axis), b_repeats ? 0 : stride(b, axis));
  }
  if (rank == 0) append(1, 1, 1);
}

void BroadcastLayout::append(std::int64_t extent, std::int64_t step_in_a, std::int64_t step_in_b) {
  const int last = rank - 1;
  const bool continues =
      rank > 0 && a_step[last] == step_in_a * extent && b_step[last] == step_in_b * extent;
  const int axis = continues ? last : rank++;
  extents[axis] = continues ? extents[axis] * extent : extent;
  a_step[axis] = step_in_a;
  b_step[axis] = step_in_b;
}

std::int64_t BroadcastLayout::rows() const {
  std::int64_t product = 1;
  for (int axis = 0; axis < rank - 1; ++axis) product *= extents[axis];
  return product;
}

}  // namespace lectern
