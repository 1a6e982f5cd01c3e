#include "tensor/ops/fixed_point_steps.h"
#include "tensor/ops/rows_cpu.h"
#include "tensor/tensor.h"

namespace lectern {

template <class T>
void to_fixed_point_kernel(Cpu, const Tensor& x, Tensor& fixed) {
  const T* in = x.data<T>();
  fill_each(x.size(), fixed.data<std::int32_t>(),
            [=](std::int64_t i) { return static_cast<std::int32_t>(steps_of(in[i])); });
}

template <class T>
void from_fixed_point_kernel(Cpu, const Tensor& fixed, Tensor& x) {
  const std::int32_t* in = fixed.data<std::int32_t>();
  fill_each(x.size(), x.data<T>(), [=](std::int64_t i) {
    return static_cast<T>(in[i]) * static_cast<T>(1 / fixed_point_steps);
  });
}

template <class T>
void add_to_fixed_point_kernel(Cpu, const Tensor& fixed, const Tensor& x, int sign, Tensor& sum) {
  const std::int32_t* in = fixed.data<std::int32_t>();
  const T* added = x.data<T>();
  fill_each(x.size(), sum.data<std::int32_t>(),
            [=, factor = static_cast<std::uint32_t>(sign)](std::int64_t i) {
              return static_cast<std::int32_t>(static_cast<std::uint32_t>(in[i]) +
                                               factor * steps_of(added[i]));
            });
}

template void to_fixed_point_kernel<float>(Cpu, const Tensor&, Tensor&);
template void to_fixed_point_kernel<double>(Cpu, const Tensor&, Tensor&);
template void from_fixed_point_kernel<float>(Cpu, const Tensor&, Tensor&);
template void from_fixed_point_kernel<double>(Cpu, const Tensor&, Tensor&);
template void add_to_fixed_point_kernel<float>(Cpu, const Tensor&, const Tensor&, int, Tensor&);
template void add_to_fixed_point_kernel<double>(Cpu, const Tensor&, const Tensor&, int, Tensor&);

}  // namespace lectern
