#include "tensor/ops/arithmetic.h"

#include "tensor/launch.h"
#include "tensor/ops/arithmetic_kernels.h"
#include "tensor/ops/expect.h"
#include "tensor/ops/reduce.h"

namespace lectern {

Tensor combine(const char* name, const Operation& operation, const Tensor& a, const Tensor& b,
               Where where) {
  expect_alike(name, a, b, where);
  Tensor result(broadcast(a.shape(), b.shape(), where), a.dtype(), a.device());
  const BroadcastLayout layout(a.shape(), b.shape());
  launch(
      result,
      [&](auto device, auto zero) {
        kernels::combine<decltype(zero)>(device, operation, a, b, layout, result);
      },
      where);
  return result;
}

Tensor add(const Tensor& a, const Tensor& b, Where where) {
  return combine("add", std::plus<>{}, a, b, where);
}
Tensor subtract(const Tensor& a, const Tensor& b, Where where) {
  return combine("subtract", std::minus<>{}, a, b, where);
}
Tensor multiply(const Tensor& a, const Tensor& b, Where where) {
  return combine("multiply", std::multiplies<>{}, a, b, where);
}
Tensor divide(const Tensor& a, const Tensor& b, Where where) {
  return combine("divide", std::divides<>{}, a, b, where);
}

Tensor scale(const Tensor& x, double factor, Where where) {
  Tensor result = empty_like(x);
  launch(
      x, [&](auto device, auto zero) { kernels::scale<decltype(zero)>(device, x, factor, result); },
      where);
  return result;
}

Tensor Operand::beside(const Tensor& other) const {
  return tensor.defined() ? tensor : full({}, number, other.dtype(), other.device());
}

Tensor operator+(const Tensor& a, const Operand& b) { return add(a, b.beside(a), b.where); }
Tensor operator-(const Tensor& a, const Operand& b) { return subtract(a, b.beside(a), b.where); }
Tensor operator*(const Tensor& a, const Operand& b) {
  return b.tensor.defined() ? multiply(a, b.tensor, b.where) : scale(a, b.number, b.where);
}
Tensor operator/(const Tensor& a, const Operand& b) { return divide(a, b.beside(a), b.where); }

Tensor operator+(double a, const Operand& b) {
  return add(Operand(a).beside(b.tensor), b.tensor, b.where);
}
Tensor operator-(double a, const Operand& b) {
  return subtract(Operand(a).beside(b.tensor), b.tensor, b.where);
}
Tensor operator*(double a, const Operand& b) { return scale(b.tensor, a, b.where); }
Tensor operator/(double a, const Operand& b) {
  return divide(Operand(a).beside(b.tensor), b.tensor, b.where);
}
Tensor operator-(const Tensor& x) { return negative(x); }

void add_in_place(Tensor& a, const Tensor& b, Where where) {
  expect_alike("add_in_place", a, b, where);
  check(
      broadcast(a.shape(), b.shape(), where) == a.shape(),
      [&] {
        return text("add_in_place cannot add ", b.shape(), " to ", a.shape(),
                    ": the sum is larger");
      },
      where);
  const BroadcastLayout layout(a.shape(), b.shape());
  launch(
      a,
      [&](auto device, auto zero) {
        kernels::combine<decltype(zero)>(device, std::plus<>{}, a, b, layout, a);
      },
      where);
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  check(broadcast(x.shape(), shape) == x.shape(),
        [&] { return text("sum_to: ", shape, " cannot have been repeated to ", x.shape()); });
  // Sum each run of neighbouring repeated axes at once, from the left.
  const int missing = x.rank() - shape.rank();
  const auto repeated = [&](int axis) {
    return axis < missing || (shape[axis - missing] == 1 && x.dim(axis) != 1);
  };
  Tensor sum = x;
  std::int64_t before = 1;  // elements of the axes that are done
  for (int axis = 0; axis < x.rank();) {
    std::int64_t run = 1;
    const bool summed = repeated(axis);
    for (; axis < x.rank() && repeated(axis) == summed; ++axis) run *= x.dim(axis);
    if (summed)
      sum = sum_axis(sum.reshape({before, run, -1}), 1);
    else
      before *= run;
  }
  return sum.reshape(shape);
}

}  // namespace lectern
