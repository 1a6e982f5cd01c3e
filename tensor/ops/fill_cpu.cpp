#include <algorithm>

#include "tensor/tensor.h"

namespace lectern {

template <class T>
void fill_kernel(Cpu, Tensor& tensor, T value) {
  std::fill_n(tensor.data<T>(), tensor.size(), value);
}

template void fill_kernel<float>(Cpu, Tensor&, float);
template void fill_kernel<double>(Cpu, Tensor&, double);
template void fill_kernel<std::int32_t>(Cpu, Tensor&, std::int32_t);
template void fill_kernel<bfloat16>(Cpu, Tensor&, bfloat16);

}  // namespace lectern
