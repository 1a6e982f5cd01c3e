#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string>

#include "tensor/check.h"

namespace lectern {

/// The extents of a tensor, outermost first: `{batch, length, d_model}`. A scalar has rank 0.
/// At most six axes; kept by value, without a heap allocation.
class Shape {
 public:
  static constexpr int max_rank = 6;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> extents);

  int rank() const { return rank_; }
  /// Extent of an axis; negative axes count from the end, so `shape[-1]` is the innermost.
  std::int64_t operator[](int axis) const { return extents_[resolve(axis)]; }
  void set(int axis, std::int64_t extent) { extents_[resolve(axis)] = extent; }
  /// The axis as a number from 0 on. Throws when there is no such axis.
  int resolve(int axis, Where where = Where::current()) const;
  /// Product of all extents.
  std::int64_t size() const;
  /// Product of the extents before and after an axis: a tensor seen as [outer, axis, inner].
  std::int64_t outer(int axis, Where where = Where::current()) const;
  std::int64_t inner(int axis, Where where = Where::current()) const;
  void append(std::int64_t extent);
  /// The first `count` extents.
  Shape leading(int count) const;
  /// The same without one axis, and with another axis before the present axis `axis`.
  Shape without(int axis, Where where = Where::current()) const;
  Shape with(int axis, std::int64_t extent, Where where = Where::current()) const;

  const std::int64_t* begin() const { return extents_.data(); }
  const std::int64_t* end() const { return extents_.data() + rank_; }
  friend bool operator==(const Shape& a, const Shape& b);

 private:
  std::array<std::int64_t, max_rank> extents_{};
  int rank_ = 0;
};

/// The shape that both operands of an elementwise operation are repeated to. Axes are matched from
/// the right; an extent of 1, or a missing axis, repeats. Throws an Error that shows both shapes
/// and the axis at which they disagree.
Shape broadcast(const Shape& a, const Shape& b, Where where = Where::current());

/// `[2, 3]`
std::ostream& operator<<(std::ostream& out, const Shape& shape);

}  // namespace lectern
