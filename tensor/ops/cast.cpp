#include "tensor/ops/cast.h"

#include "tensor/launch.h"

namespace lectern {

template <class T>
void cast_kernel(Cpu, const Tensor& x, Tensor& result);
template <class T>
void cast_kernel(Cuda, const Tensor& x, Tensor& result);

Tensor cast(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  Tensor result(x.shape(), dtype, x.device());
  launch_any(x, [&](auto device, auto zero) { cast_kernel<decltype(zero)>(device, x, result); });
  return result;
}

}  // namespace lectern
