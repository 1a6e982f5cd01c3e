#include "tensor/ops/reduce.h"

#include "tensor/launch.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/expect.h"

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

Shape without_axis(const Shape& shape, int axis) {
  const int dropped = shape.resolve(axis);
  Shape result = shape.leading(dropped);
  for (int i = dropped + 1; i < shape.rank(); ++i) result.append(shape[i]);
  return result;
}

}  // namespace

Tensor sum(const Tensor& x) {
  Tensor result(Shape{}, x.dtype(), x.device());
  launch(x, [&](auto device, auto zero) { sum_kernel<decltype(zero)>(device, x, result); });
  return result;
}

Tensor mean(const Tensor& x) {
  check(x.size() > 0, "the mean of no numbers is not defined");
  return scale(sum(x), 1.0 / static_cast<double>(x.size()));
}

Tensor sum_axis(const Tensor& x, int axis) {
  const std::int64_t outer = x.shape().outer(axis), inner = x.shape().inner(axis);
  Tensor result(without_axis(x.shape(), axis), x.dtype(), x.device());
  launch(x, [&](auto device, auto zero) {
    sum_axis_kernel<decltype(zero)>(device, x, outer, x.dim(axis), inner, result);
  });
  return result;
}

Tensor sum_leading(const Tensor& x) {
  expect_rows("sum_leading", x);
  return sum_axis(x.reshape({x.shape().outer(-1), x.dim(-1)}), 0);
}

Tensor repeat_axis(const Tensor& x, int axis, std::int64_t extent) {
  const int position = axis < 0 ? axis + x.rank() + 1 : axis;
  check(position >= 0 && position <= x.rank(),
        [&] { return text("repeat_axis cannot insert axis ", axis, " into ", x.shape()); });
  Shape shape = x.shape().leading(position);
  shape.append(extent);
  for (int i = position; i < x.rank(); ++i) shape.append(x.dim(i));
  Tensor result(shape, x.dtype(), x.device());
  launch(x, [&](auto device, auto zero) {
    repeat_axis_kernel<decltype(zero)>(device, x, shape.outer(position), extent,
                                       shape.inner(position), result);
  });
  return result;
}

Tensor max_last(const Tensor& x) {
  expect_rows("max_last", x);
  Tensor result(without_axis(x.shape(), -1), x.dtype(), x.device());
  launch(x, [&](auto device, auto zero) { max_last_kernel<decltype(zero)>(device, x, result); });
  return result;
}

Tensor argmax(const Tensor& x) {
  expect_rows("argmax", x);
  check(x.dim(-1) > 0, [&] { return text("argmax of empty rows: the shape is ", x.shape()); });
  Tensor result(without_axis(x.shape(), -1), DType::i32, x.device());
  launch(x, [&](auto device, auto zero) { argmax_kernel<decltype(zero)>(device, x, result); });
  return result;
}

}  // namespace lectern
