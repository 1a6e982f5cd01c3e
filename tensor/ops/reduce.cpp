#include "tensor/ops/reduce.h"

#include "tensor/launch.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/expect.h"
#include "tensor/ops/permute.h"
#include "tensor/ops/pointwise.h"

namespace lectern {

template <class T>
void sum_kernel(Cpu, const Tensor& x, Tensor& result);
template <class T>
void sum_kernel(Cuda, const Tensor& x, Tensor& result);
template <class T>
void sum_axis_kernel(Cpu, const Tensor& x, std::int64_t outer, std::int64_t extent,
                     std::int64_t inner, Tensor& result);
template <class T>
void sum_axis_kernel(Cuda, const Tensor& x, std::int64_t outer, std::int64_t extent,
                     std::int64_t inner, Tensor& result);
template <class T>
void repeat_axis_kernel(Cpu, const Tensor& x, std::int64_t outer, std::int64_t extent,
                        std::int64_t inner, Tensor& result);
template <class T>
void repeat_axis_kernel(Cuda, const Tensor& x, std::int64_t outer, std::int64_t extent,
                        std::int64_t inner, Tensor& result);
template <class T>
void max_last_kernel(Cpu, const Tensor& x, Tensor& result);
template <class T>
void max_last_kernel(Cuda, const Tensor& x, Tensor& result);
template <class T>
void argmax_kernel(Cpu, const Tensor& x, Tensor& result);
template <class T>
void argmax_kernel(Cuda, const Tensor& x, Tensor& result);

namespace {

/// What was reduced along an axis of x, with that axis again.
Tensor with_axis(const Tensor& reduced, const Tensor& x, int axis) {
  Shape shape = x.shape();
  shape.set(axis, 1);
  return reduced.reshape(shape);
}

}  // namespace

Tensor sum(const Tensor& x, Where where) {
  Tensor result(Shape{}, x.dtype(), x.device());
  launch(
      x, [&](auto device, auto zero) { sum_kernel<decltype(zero)>(device, x, result); }, where);
  return result;
}

Tensor mean(const Tensor& x, Where where) {
  check(x.size() > 0, "the mean of no numbers is not defined", where);
  return scale(sum(x, where), 1.0 / static_cast<double>(x.size()));
}

Tensor sum_axis(const Tensor& x, int axis, KeepAxis keep, Where where) {
  const std::int64_t outer = x.shape().outer(axis, where), inner = x.shape().inner(axis, where);
  Tensor result(x.shape().without(axis, where), x.dtype(), x.device());
  launch(
      x,
      [&](auto device, auto zero) {
        sum_axis_kernel<decltype(zero)>(device, x, outer, x.dim(axis), inner, result);
      },
      where);
  return keep == KeepAxis::yes ? with_axis(result, x, axis) : result;
}

Tensor mean_axis(const Tensor& x, int axis, KeepAxis keep, Where where) {
  check(
      x.dim(axis, where) > 0, [&] { return text("the mean along axis ", axis, " of ", x.shape()); },
      where);
  return scale(sum_axis(x, axis, keep, where), 1.0 / static_cast<double>(x.dim(axis)));
}

Tensor variance_axis(const Tensor& x, int axis, KeepAxis keep, Where where) {
  const Tensor distance = x - mean_axis(x, axis, KeepAxis::yes, where);
  return mean_axis(square(distance), axis, keep, where);
}

Tensor max_axis(const Tensor& x, int axis, KeepAxis keep, Where where) {
  const std::int64_t outer = x.shape().outer(axis, where), inner = x.shape().inner(axis);
  const Tensor columns = transpose(x.reshape({outer, x.dim(axis), inner}));  // [outer, inner, axis]
  const Tensor result = max_last(columns, where).reshape(x.shape().without(axis));
  return keep == KeepAxis::yes ? with_axis(result, x, axis) : result;
}

Tensor sum_leading(const Tensor& x, Where where) {
  expect_rows("sum_leading", x, where);
  return sum_axis(x.reshape({x.shape().outer(-1, where), x.dim(-1)}), 0, KeepAxis::no, where);
}

Tensor repeat_axis(const Tensor& x, int axis, std::int64_t extent, Where where) {
  const Shape shape = x.shape().with(axis, extent, where);
  const int position = axis < 0 ? axis + shape.rank() : axis;
  Tensor result(shape, x.dtype(), x.device());
  launch(
      x,
      [&](auto device, auto zero) {
        repeat_axis_kernel<decltype(zero)>(device, x, shape.outer(position), extent,
                                           shape.inner(position), result);
      },
      where);
  return result;
}

Tensor max_last(const Tensor& x, Where where) {
  expect_rows("max_last", x, where);
  Tensor result(x.shape().without(-1), x.dtype(), x.device());
  launch(
      x, [&](auto device, auto zero) { max_last_kernel<decltype(zero)>(device, x, result); },
      where);
  return result;
}

Tensor argmax(const Tensor& x, Where where) {
  expect_rows("argmax", x, where);
  check(
      x.dim(-1) > 0, [&] { return text("argmax of empty rows: the shape is ", x.shape()); }, where);
  Tensor result(x.shape().without(-1), DType::i32, x.device());
  launch(
      x, [&](auto device, auto zero) { argmax_kernel<decltype(zero)>(device, x, result); }, where);
  return result;
}

}  // namespace lectern
