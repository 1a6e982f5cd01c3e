#include "tensor/ops/rows_cpu.h"
#include "tensor/tensor.h"

namespace lectern {

template <class T>
void copy_part_kernel(Cpu, int axis, const Tensor& from, std::int64_t from_begin, Tensor& to,
                      std::int64_t to_begin, std::int64_t extent) {
  const std::int64_t inner = from.shape().inner(axis);
  const std::int64_t from_step = from.dim(axis) * inner, to_step = to.dim(axis) * inner;
  const T* source = from.data<T>() + from_begin * inner;
  T* target = to.data<T>() + to_begin * inner;
  for_each_row(from.shape().outer(axis), extent * inner, [=](std::int64_t row) {
    std::copy_n(source + row * from_step, extent * inner, target + row * to_step);
  });
}

template void copy_part_kernel<float>(Cpu, int, const Tensor&, std::int64_t, Tensor&, std::int64_t,
                                      std::int64_t);
template void copy_part_kernel<double>(Cpu, int, const Tensor&, std::int64_t, Tensor&, std::int64_t,
                                       std::int64_t);
template void copy_part_kernel<std::int32_t>(Cpu, int, const Tensor&, std::int64_t, Tensor&,
                                             std::int64_t, std::int64_t);
template void copy_part_kernel<bfloat16>(Cpu, int, const Tensor&, std::int64_t, Tensor&,
                                         std::int64_t, std::int64_t);

}  // namespace lectern
