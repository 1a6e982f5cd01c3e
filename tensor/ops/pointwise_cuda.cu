#include <cmath>

#include "tensor/cuda/fill_each.h"

namespace lectern {

template <class T>
void exp_kernel(Cuda device, const Tensor& x, Tensor& y) {
  fill_each<T>(
      device, y, [] __device__(T in) { return ::exp(in); }, numbers<T>(x));
}

template <class T>
void log_kernel(Cuda device, const Tensor& x, Tensor& y) {
  fill_each<T>(
      device, y, [] __device__(T in) { return ::log(in); }, numbers<T>(x));
}

template <class T>
void sqrt_kernel(Cuda device, const Tensor& x, Tensor& y) {
  fill_each<T>(
      device, y, [] __device__(T in) { return ::sqrt(in); }, numbers<T>(x));
}

template <class T>
void tanh_kernel(Cuda device, const Tensor& x, Tensor& y) {
  fill_each<T>(
      device, y, [] __device__(T in) { return ::tanh(in); }, numbers<T>(x));
}

template <class T>
void sigmoid_kernel(Cuda device, const Tensor& x, Tensor& y) {
  fill_each<T>(
      device, y, [] __device__(T in) { return T{1} / (T{1} + ::exp(-in)); }, numbers<T>(x));
}

template <class T>
void tanh_backward_kernel(Cuda device, const Tensor& y, const Tensor& gradient, Tensor& d_x) {
  fill_each<T>(
      device, d_x, [] __device__(T out, T dy) { return dy * (T{1} - out * out); }, numbers<T>(y),
      numbers<T>(gradient));
}

template <class T>
void sigmoid_backward_kernel(Cuda device, const Tensor& y, const Tensor& gradient, Tensor& d_x) {
  fill_each<T>(
      device, d_x, [] __device__(T out, T dy) { return dy * out * (T{1} - out); }, numbers<T>(y),
      numbers<T>(gradient));
}

template void exp_kernel<float>(Cuda, const Tensor&, Tensor&);
template void exp_kernel<double>(Cuda, const Tensor&, Tensor&);
template void log_kernel<float>(Cuda, const Tensor&, Tensor&);
template void log_kernel<double>(Cuda, const Tensor&, Tensor&);
template void sqrt_kernel<float>(Cuda, const Tensor&, Tensor&);
template void sqrt_kernel<double>(Cuda, const Tensor&, Tensor&);
template void tanh_kernel<float>(Cuda, const Tensor&, Tensor&);
template void tanh_kernel<double>(Cuda, const Tensor&, Tensor&);
template void sigmoid_kernel<float>(Cuda, const Tensor&, Tensor&);
template void sigmoid_kernel<double>(Cuda, const Tensor&, Tensor&);
template void tanh_backward_kernel<float>(Cuda, const Tensor&, const Tensor&, Tensor&);
template void tanh_backward_kernel<double>(Cuda, const Tensor&, const Tensor&, Tensor&);
template void sigmoid_backward_kernel<float>(Cuda, const Tensor&, const Tensor&, Tensor&);
template void sigmoid_backward_kernel<double>(Cuda, const Tensor&, const Tensor&, Tensor&);

}  // namespace lectern
