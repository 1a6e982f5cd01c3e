#include "tensor/shape.h"

#include <algorithm>
#include <ostream>

namespace lectern {

Shape::Shape(std::initializer_list<std::int64_t> extents) {
  for (const std::int64_t extent : extents) append(extent);
}

int Shape::resolve(int axis, Where where) const {
  const int from_start = axis < 0 ? axis + rank_ : axis;
  check(
      from_start >= 0 && from_start < rank_,
      [&] { return text("there is no axis ", axis, " in shape ", *this); }, where);
  return from_start;
}

std::int64_t Shape::size() const {
  std::int64_t product = 1;
  for (const std::int64_t extent : *this) product *= extent;
  return product;
}

std::int64_t Shape::outer(int axis, Where where) const {
  return leading(resolve(axis, where)).size();
}

std::int64_t Shape::inner(int axis, Where where) const {
  std::int64_t product = 1;
  for (int i = resolve(axis, where) + 1; i < rank_; ++i) product *= extents_[i];
  return product;
}

void Shape::append(std::int64_t extent) {
  check(rank_ < max_rank, [&] { return text("a tensor has at most ", max_rank, " axes"); });
  check(extent >= 0, [&] { return text("extent ", extent, " is negative"); });
  extents_[rank_++] = extent;
}

Shape Shape::leading(int count) const {
  Shape result;
  for (int i = 0; i < count; ++i) result.append(extents_[i]);
  return result;
}

Shape Shape::without(int axis, Where where) const {
  const int dropped = resolve(axis, where);
  Shape result = leading(dropped);
  for (int i = dropped + 1; i < rank_; ++i) result.append(extents_[i]);
  return result;
}

Shape Shape::with(int axis, std::int64_t extent, Where where) const {
  const int position = axis < 0 ? axis + rank_ + 1 : axis;
  check(
      position >= 0 && position <= rank_,
      [&] { return text("axis ", axis, " cannot be inserted into shape ", *this); }, where);
  Shape result = leading(position);
  result.append(extent);
  for (int i = position; i < rank_; ++i) result.append(extents_[i]);
  return result;
}

bool operator==(const Shape& a, const Shape& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

Shape broadcast(const Shape& a, const Shape& b, Where where) {
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  Shape result = longer;
  for (int axis = -1; axis >= -shorter.rank(); --axis) {
    const std::int64_t x = longer[axis], y = shorter[axis];
    check(
        x == y || x == 1 || y == 1,
        [&] {
          return text("shapes ", a, " and ", b, " do not fit: axis ", axis, " has ", a[axis],
                      " and ", b[axis], "; they must be equal, or one of them 1");
        },
        where);
    result.set(axis, x == 1 ? y : x);
  }
  return result;
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  out << '[';
  const char* separator = "";
  for (const std::int64_t extent : shape) {
    out << separator << extent;
    separator = ", ";
  }
  return out << ']';
}

}  // namespace lectern
