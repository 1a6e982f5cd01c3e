#include "tensor/ops/is_finite.h"

#include "tensor/launch.h"

namespace lectern {

template <class T>
void is_finite_kernel(Cpu, const Tensor& x, bool& finite);
template <class T>
void is_finite_kernel(Cuda, const Tensor& x, bool& finite);

bool is_finite(const Tensor& x) {
  if (x.dtype() == DType::i32) return true;
  bool finite = true;
  launch(x, [&](auto device, auto zero) { is_finite_kernel<decltype(zero)>(device, x, finite); });
  return finite;
}

}  // namespace lectern
