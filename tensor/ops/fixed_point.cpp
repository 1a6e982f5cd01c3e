#include "tensor/ops/fixed_point.h"

#include "tensor/launch.h"

namespace lectern {

template <class T>
void to_fixed_point_kernel(Cpu, const Tensor& x, Tensor& fixed);
template <class T>
void to_fixed_point_kernel(Cuda, const Tensor& x, Tensor& fixed);
template <class T>
void from_fixed_point_kernel(Cpu, const Tensor& fixed, Tensor& x);
template <class T>
void from_fixed_point_kernel(Cuda, const Tensor& fixed, Tensor& x);
template <class T>
void add_to_fixed_point_kernel(Cpu, const Tensor& fixed, const Tensor& x, int sign, Tensor& sum);
template <class T>
void add_to_fixed_point_kernel(Cuda, const Tensor& fixed, const Tensor& x, int sign, Tensor& sum);

namespace {

void expect_steps(const char* op, const Tensor& fixed) {
  check(fixed.dtype() == DType::i32, [&] {
    return text(op, " needs i32 steps, got ", fixed.dtype(), "; make them with to_fixed_point()");
  });
}

Tensor add_signed(const char* op, const Tensor& fixed, const Tensor& x, int sign) {
  expect_steps(op, fixed);
  check(fixed.shape() == x.shape() && fixed.device() == x.device(), [&] {
    return text(op, " needs equal shapes on one device, got ", fixed.shape(), " on ",
                fixed.device(), " and ", x.shape(), " on ", x.device());
  });
  Tensor sum = empty_like(fixed);
  launch(x, [&](auto device, auto zero) {
    add_to_fixed_point_kernel<decltype(zero)>(device, fixed, x, sign, sum);
  });
  return sum;
}

}  // namespace

Tensor to_fixed_point(const Tensor& x) {
  Tensor fixed(x.shape(), DType::i32, x.device());
  launch(x,
         [&](auto device, auto zero) { to_fixed_point_kernel<decltype(zero)>(device, x, fixed); });
  return fixed;
}

Tensor from_fixed_point(const Tensor& fixed, DType dtype) {
  expect_steps("from_fixed_point", fixed);
  Tensor x(fixed.shape(), dtype, fixed.device());
  launch(x, [&](auto device, auto zero) {
    from_fixed_point_kernel<decltype(zero)>(device, fixed, x);
  });
  return x;
}

Tensor add_to_fixed_point(const Tensor& fixed, const Tensor& x) {
  return add_signed("add_to_fixed_point", fixed, x, 1);
}

Tensor subtract_from_fixed_point(const Tensor& fixed, const Tensor& x) {
  return add_signed("subtract_from_fixed_point", fixed, x, -1);
}

}  // namespace lectern
