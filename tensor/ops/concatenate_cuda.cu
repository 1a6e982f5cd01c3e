#include "tensor/cuda/copy_rows.h"

namespace lectern {

template <class T>
void copy_part_kernel(Cuda device, int axis, const Tensor& from, std::int64_t from_begin,
                      Tensor& to, std::int64_t to_begin, std::int64_t extent) {
  const std::int64_t inner = from.shape().inner(axis);
  copy_rows<T>(device, from.shape().outer(axis), extent * inner,
               {from.device_data<T>() + from_begin * inner, from.dim(axis) * inner},
               {to.device_data<T>() + to_begin * inner, to.dim(axis) * inner});
}

template void copy_part_kernel<float>(Cuda, int, const Tensor&, std::int64_t, Tensor&, std::int64_t,
                                      std::int64_t);
template void copy_part_kernel<double>(Cuda, int, const Tensor&, std::int64_t, Tensor&,
                                       std::int64_t, std::int64_t);
template void copy_part_kernel<std::int32_t>(Cuda, int, const Tensor&, std::int64_t, Tensor&,
                                             std::int64_t, std::int64_t);
template void copy_part_kernel<bfloat16>(Cuda, int, const Tensor&, std::int64_t, Tensor&,
                                         std::int64_t, std::int64_t);

}  // namespace lectern
