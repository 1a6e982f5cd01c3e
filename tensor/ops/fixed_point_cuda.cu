#include "tensor/cuda/loops.h"
#include "tensor/ops/fixed_point_steps.h"

namespace lectern {

template <class T>
void to_fixed_point_kernel(Cuda device, const Tensor& x, Tensor& fixed) {
  const T* in = x.device_data<T>();
  std::int32_t* out = fixed.device_data<std::int32_t>();
  for_each_element(device, x.size(), [=] __device__(std::int64_t i) {
    out[i] = static_cast<std::int32_t>(steps_of(in[i]));
  });
}

template <class T>
void from_fixed_point_kernel(Cuda device, const Tensor& fixed, Tensor& x) {
  const std::int32_t* in = fixed.device_data<std::int32_t>();
  T* out = x.device_data<T>();
  const T step = static_cast<T>(1 / fixed_point_steps);
  for_each_element(device, x.size(),
                   [=] __device__(std::int64_t i) { out[i] = static_cast<T>(in[i]) * step; });
}

template <class T>
void add_to_fixed_point_kernel(Cuda device, const Tensor& fixed, const Tensor& x, int sign,
                               Tensor& sum) {
  const std::int32_t* in = fixed.device_data<std::int32_t>();
  const T* added = x.device_data<T>();
  std::int32_t* out = sum.device_data<std::int32_t>();
  const auto factor = static_cast<std::uint32_t>(sign);
  for_each_element(device, x.size(), [=] __device__(std::int64_t i) {
    out[i] =
        static_cast<std::int32_t>(static_cast<std::uint32_t>(in[i]) + factor * steps_of(added[i]));
  });
}

template void to_fixed_point_kernel<float>(Cuda, const Tensor&, Tensor&);
template void to_fixed_point_kernel<double>(Cuda, const Tensor&, Tensor&);
template void from_fixed_point_kernel<float>(Cuda, const Tensor&, Tensor&);
template void from_fixed_point_kernel<double>(Cuda, const Tensor&, Tensor&);
template void add_to_fixed_point_kernel<float>(Cuda, const Tensor&, const Tensor&, int, Tensor&);
template void add_to_fixed_point_kernel<double>(Cuda, const Tensor&, const Tensor&, int, Tensor&);

}  // namespace lectern
