#include "tensor/ops/arithmetic.h"

#include <functional>

#include "tensor/launch.h"
#include "tensor/ops/broadcast_layout.h"
#include "tensor/ops/expect.h"
#include "tensor/ops/reduce.h"

namespace lectern {

template <class T, class Operation>
void combine_kernel(Cpu, Operation, const Tensor& a, const Tensor& b, const BroadcastLayout& layout,
                    Tensor& result);
template <class T, class Operation>
void combine_kernel(Cuda, Operation, const Tensor& a, const Tensor& b,
                    const BroadcastLayout& layout, Tensor& result);
template <class T>
void scale_kernel(Cpu, const Tensor& x, double factor, Tensor& result);
template <class T>
void scale_kernel(Cuda, const Tensor& x, double factor, Tensor& result);

namespace {

template <class Operation>
Tensor combine(const char* name, Operation operation, const Tensor& a, const Tensor& b) {
  expect_alike(name, a, b);
  Tensor result(broadcast(a.shape(), b.shape()), a.dtype(), a.device());
  const BroadcastLayout layout(a.shape(), b.shape());
  launch(result, [&](auto device, auto zero) {
    combine_kernel<decltype(zero)>(device, operation, a, b, layout, result);
  });
  return result;
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) { return combine("add", std::plus<>{}, a, b); }
Tensor subtract(const Tensor& a, const Tensor& b) {
  return combine("subtract", std::minus<>{}, a, b);
}
Tensor multiply(const Tensor& a, const Tensor& b) {
  return combine("multiply", std::multiplies<>{}, a, b);
}
Tensor divide(const Tensor& a, const Tensor& b) {
  return combine("divide", std::divides<>{}, a, b);
}

Tensor scale(const Tensor& x, double factor) {
  Tensor result = empty_like(x);
  launch(x,
         [&](auto device, auto zero) { scale_kernel<decltype(zero)>(device, x, factor, result); });
  return result;
}

void add_in_place(Tensor& a, const Tensor& b) {
  expect_alike("add_in_place", a, b);
  check(broadcast(a.shape(), b.shape()) == a.shape(), [&] {
    return text("add_in_place cannot add ", b.shape(), " to ", a.shape(), ": the sum is larger");
  });
  const BroadcastLayout layout(a.shape(), b.shape());
  launch(a, [&](auto device, auto zero) {
    combine_kernel<decltype(zero)>(device, std::plus<>{}, a, b, layout, a);
  });
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
