#include "tensor/cuda/fill_each.h"
#include "tensor/ops/arithmetic_kernels.h"

namespace lectern {
namespace {

template <class T, class F>
void combine_on_gpu(Cuda device, const F& operation, const Tensor& a, const Tensor& b,
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

}  // namespace

template <class T>
void kernels::combine(Cuda device, const Operation& operation, const Tensor& a, const Tensor& b,
                      const BroadcastLayout& layout, Tensor& result) {
  std::visit([&](const auto& f) { combine_on_gpu<T>(device, f, a, b, layout, result); }, operation);
}

template <class T>
void kernels::scale(Cuda device, const Tensor& x, double factor, Tensor& result) {
  const T f = static_cast<T>(factor);
  fill_each<T>(
      device, result, [=] __device__(T number) { return f * number; }, numbers<T>(x));
}

template void kernels::scale<float>(Cuda, const Tensor&, double, Tensor&);
template void kernels::scale<double>(Cuda, const Tensor&, double, Tensor&);
template void kernels::combine<float>(Cuda, const Operation&, const Tensor&, const Tensor&,
                                      const BroadcastLayout&, Tensor&);
template void kernels::combine<double>(Cuda, const Operation&, const Tensor&, const Tensor&,
                                       const BroadcastLayout&, Tensor&);

}  // namespace lectern
