#include "autograd/ops/reduce.h"

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/pointwise.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/compare.h"

namespace lectern {
namespace {

/// A tensor of `shape`, every number of which is `scalar`.
Tensor repeat(const Tensor& scalar, const Shape& shape) {
  return repeat_axis(scalar, 0, shape.size()).reshape(shape);
}

/// What was reduced along an axis of a tensor of `shape`, repeated along it again.
Tensor along_axis(const Tensor& reduced, const Shape& shape, int axis) {
  const int position = shape.resolve(axis);
  return repeat_axis(reduced.reshape(shape.without(position)), position, shape[position]);
}

}  // namespace

Variable sum(const Variable& x, Where where) {
  return record(
      "sum", sum(x.value(), where), {x},
      [shape = x.shape()](const Tensor& dy) -> Gradients { return {repeat(dy, shape)}; }, where);
}

Variable mean(const Variable& x, Where where) {
  return record(
      "mean", mean(x.value(), where), {x},
      [shape = x.shape()](const Tensor& dy) -> Gradients {
        return {repeat(scale(dy, 1.0 / static_cast<double>(shape.size())), shape)};
      },
      where);
}

Variable sum_axis(const Variable& x, int axis, KeepAxis keep, Where where) {
  const Tensor y = sum_axis(x.value(), axis, keep, where);
  return record(
      "sum_axis", y, {x},
      [shape = x.shape(), axis](const Tensor& dy) -> Gradients {
        return {along_axis(dy, shape, axis)};
      },
      where);
}

Variable mean_axis(const Variable& x, int axis, KeepAxis keep, Where where) {
  const Tensor y = mean_axis(x.value(), axis, keep, where);
  return record(
      "mean_axis", y, {x},
      [shape = x.shape(), axis](const Tensor& dy) -> Gradients {
        return {along_axis(scale(dy, 1.0 / static_cast<double>(shape[axis])), shape, axis)};
      },
      where);
}

Variable variance_axis(const Variable& x, int axis, KeepAxis keep, Where where) {
  const Variable distance = subtract(x, mean_axis(x, axis, KeepAxis::yes, where), where);
  return mean_axis(square(distance, where), axis, keep, where);
}

Variable max_axis(const Variable& x, int axis, KeepAxis keep, Where where) {
  const Tensor y = max_axis(x.value(), axis, keep, where);
  return record(
      "max_axis", y, {x},
      [x = x.value(), y, axis](const Tensor& dy) -> Gradients {
        const Tensor is_largest = equal(x, along_axis(y, x.shape(), axis));
        const Tensor share = is_largest / sum_axis(is_largest, axis, KeepAxis::yes);
        return {share * along_axis(dy, x.shape(), axis)};
      },
      where);
}

}  // namespace lectern
