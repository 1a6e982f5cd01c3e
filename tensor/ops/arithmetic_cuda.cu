#include <functional>

#include "tensor/cuda/fill_each.h"
#include "tensor/ops/broadcast_layout.h"

namespace lectern {

template <class T, class Operation>
void combine_kernel(Cuda device, Operation operation, const Tensor& a, const Tensor& b,
                    const BroadcastLayout& layout, Tensor& result) {
  const std::int64_t width = layout.width();
  const std::int64_t a_step = layout.a_step[layout.rank - 1];
  const std::int64_t b_step = layout.b_step[layout.rank - 1];
  if (layout.rank == 1 && a_step == 1 && b_step == 1)
    return fill_each<T>(device, result, operation, numbers<T>(a), numbers<T>(b));

  const T* x = a.device_data<T>();
  const T* y = b.device_data<T>();
  T* out = result.device_data<T>();
  for_each_element(device, result.size(), [=] __device__(std::int64_t i) {
    const std::int64_t row = i / width, column = i % width;
    out[i] = operation(x[layout.offset(row, layout.a_step) + column * a_step],
                       y[layout.offset(row, layout.b_step) + column * b_step]);
  });
}

template <class T>
void scale_kernel(Cuda device, const Tensor& x, double factor, Tensor& result) {
  const T f = static_cast<T>(factor);
  fill_each<T>(
      device, result, [=] __device__(T number) { return f * number; }, numbers<T>(x));
}

template void scale_kernel<float>(Cuda, const Tensor&, double, Tensor&);
template void scale_kernel<double>(Cuda, const Tensor&, double, Tensor&);
template void combine_kernel<float>(Cuda, std::plus<>, const Tensor&, const Tensor&,
                                    const BroadcastLayout&, Tensor&);
template void combine_kernel<float>(Cuda, std::minus<>, const Tensor&, const Tensor&,
                                    const BroadcastLayout&, Tensor&);
template void combine_kernel<float>(Cuda, std::multiplies<>, const Tensor&, const Tensor&,
                                    const BroadcastLayout&, Tensor&);
template void combine_kernel<float>(Cuda, std::divides<>, const Tensor&, const Tensor&,
                                    const BroadcastLayout&, Tensor&);
template void combine_kernel<double>(Cuda, std::plus<>, const Tensor&, const Tensor&,
                                     const BroadcastLayout&, Tensor&);
template void combine_kernel<double>(Cuda, std::minus<>, const Tensor&, const Tensor&,
                                     const BroadcastLayout&, Tensor&);
template void combine_kernel<double>(Cuda, std::multiplies<>, const Tensor&, const Tensor&,
                                     const BroadcastLayout&, Tensor&);
template void combine_kernel<double>(Cuda, std::divides<>, const Tensor&, const Tensor&,
                                     const BroadcastLayout&, Tensor&);

}  // namespace lectern
