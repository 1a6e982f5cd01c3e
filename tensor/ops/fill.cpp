#include "tensor/ops/fill.h"

#include "tensor/launch.h"

namespace lectern {

template <class T>
void fill_kernel(Cpu, Tensor& tensor, T value);
template <class T>
void fill_kernel(Cuda, Tensor& tensor, T value);

void fill(Tensor& tensor, double value) {
  launch_any(tensor, [&](auto device, auto zero) {
    using T = decltype(zero);
    using Wide = std::conditional_t<std::is_same_v<T, bfloat16>, float, double>;
    fill_kernel(device, tensor, static_cast<T>(static_cast<Wide>(value)));
  });
}

}  // namespace lectern
