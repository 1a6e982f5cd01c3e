#include <numbers>

#include "tensor/launch.h"
#include "tensor/ops/elementary_cpu.h"
#include "tensor/ops/rows_cpu.h"

namespace lectern {

template <class T>
void relu_kernel(Cpu, const Tensor& x, Tensor& y) {
  const T* in = x.data<T>();
  fill_each(x.size(), y.data<T>(), [=](std::int64_t i) { return in[i] < T{0} ? T{0} : in[i]; });
}

template <class T>
void relu_backward_kernel(Cpu, const Tensor& y, const Tensor& gradient, Tensor& d_x) {
  const T* out = y.data<T>();
  const T* dy = gradient.data<T>();
  fill_each(y.size(), d_x.data<T>(), [=](std::int64_t i) { return out[i] > T{0} ? dy[i] : T{0}; });
}

template <class T>
void gelu_kernel(Cpu, const Tensor& x, Tensor& y) {
  const T* in = x.data<T>();
  fill_each(x.size(), y.data<T>(),
            [=](std::int64_t i) { return in[i] * normal_distribution(in[i]); });
}

template <class T>
void gelu_backward_kernel(Cpu, const Tensor& x, const Tensor& gradient, Tensor& d_x) {
  constexpr T density_at_0 = std::numbers::inv_sqrtpi_v<T> / std::numbers::sqrt2_v<T>;
  const T* in = x.data<T>();
  const T* dy = gradient.data<T>();
  fill_each(x.size(), d_x.data<T>(), [=](std::int64_t i) {
    const T density = density_at_0 * exponential(T{-0.5} * in[i] * in[i]);
    return dy[i] * (normal_distribution(in[i]) + in[i] * density);
  });
}

template void relu_kernel<float>(Cpu, const Tensor&, Tensor&);
template void relu_kernel<double>(Cpu, const Tensor&, Tensor&);
template void relu_backward_kernel<float>(Cpu, const Tensor&, const Tensor&, Tensor&);
template void relu_backward_kernel<double>(Cpu, const Tensor&, const Tensor&, Tensor&);
template void gelu_kernel<float>(Cpu, const Tensor&, Tensor&);
template void gelu_kernel<double>(Cpu, const Tensor&, Tensor&);
template void gelu_backward_kernel<float>(Cpu, const Tensor&, const Tensor&, Tensor&);
template void gelu_backward_kernel<double>(Cpu, const Tensor&, const Tensor&, Tensor&);

}  // namespace lectern
