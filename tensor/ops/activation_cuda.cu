#include <cmath>
#include <numbers>

#include "tensor/cuda/fill_each.h"

namespace lectern {

template <class T>
void relu_kernel(Cuda device, const Tensor& x, Tensor& y) {
  fill_each<T>(
      device, y, [] __device__(T in) { return in < T{0} ? T{0} : in; }, numbers<T>(x));
}

template <class T>
void relu_backward_kernel(Cuda device, const Tensor& y, const Tensor& gradient, Tensor& d_x) {
  fill_each<T>(
      device, d_x, [] __device__(T out, T dy) { return out > T{0} ? dy : T{0}; }, numbers<T>(y),
      numbers<T>(gradient));
}

/// The normal distribution function Φ(x).
template <class T>
__device__ T normal_distribution(T x) {
  return T{0.5} * ::erfc(-x / std::numbers::sqrt2_v<T>);
}

template <class T>
void gelu_kernel(Cuda device, const Tensor& x, Tensor& y) {
  fill_each<T>(
      device, y, [] __device__(T in) { return in * normal_distribution(in); }, numbers<T>(x));
}

template <class T>
void gelu_backward_kernel(Cuda device, const Tensor& x, const Tensor& gradient, Tensor& d_x) {
  constexpr T density_at_0 = std::numbers::inv_sqrtpi_v<T> / std::numbers::sqrt2_v<T>;
  fill_each<T>(
      device, d_x,
      [=] __device__(T in, T dy) {
        const T density = density_at_0 * ::exp(T{-0.5} * in * in);
        return dy * (normal_distribution(in) + in * density);
      },
      numbers<T>(x), numbers<T>(gradient));
}

template void relu_kernel<float>(Cuda, const Tensor&, Tensor&);
template void relu_kernel<double>(Cuda, const Tensor&, Tensor&);
template void relu_backward_kernel<float>(Cuda, const Tensor&, const Tensor&, Tensor&);
template void relu_backward_kernel<double>(Cuda, const Tensor&, const Tensor&, Tensor&);
template void gelu_kernel<float>(Cuda, const Tensor&, Tensor&);
template void gelu_kernel<double>(Cuda, const Tensor&, Tensor&);
template void gelu_backward_kernel<float>(Cuda, const Tensor&, const Tensor&, Tensor&);
template void gelu_backward_kernel<double>(Cuda, const Tensor&, const Tensor&, Tensor&);

}  // namespace lectern
