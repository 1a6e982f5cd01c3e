#include "tensor/cuda/loops.h"

namespace lectern {

template <class T>
void fill_kernel(Cuda device, Tensor& tensor, T value) {
  T* numbers = tensor.device_data<T>();
  for_each_element(device, tensor.size(), [=] __device__(std::int64_t i) { numbers[i] = value; });
}

template void fill_kernel<float>(Cuda, Tensor&, float);
template void fill_kernel<double>(Cuda, Tensor&, double);
template void fill_kernel<std::int32_t>(Cuda, Tensor&, std::int32_t);
template void fill_kernel<bfloat16>(Cuda, Tensor&, bfloat16);

}  // namespace lectern
