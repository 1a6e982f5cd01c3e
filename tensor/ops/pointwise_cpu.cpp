#include <cmath>

#include "tensor/launch.h"
#include "tensor/ops/elementary_cpu.h"
#include "tensor/ops/rows_cpu.h"

namespace lectern {

template <class T>
void exp_kernel(Cpu, const Tensor& x, Tensor& y) {
  const T* in = x.data<T>();
  fill_each(x.size(), y.data<T>(), [=](std::int64_t i) { return exponential(in[i]); });
}

template <class T>
void log_kernel(Cpu, const Tensor& x, Tensor& y) {
  const T* in = x.data<T>();
  fill_each(x.size(), y.data<T>(), [=](std::int64_t i) { return std::log(in[i]); });
}

template <class T>
void sqrt_kernel(Cpu, const Tensor& x, Tensor& y) {
  const T* in = x.data<T>();
  fill_each(x.size(), y.data<T>(), [=](std::int64_t i) { return std::sqrt(in[i]); });
}

template <class T>
void tanh_kernel(Cpu, const Tensor& x, Tensor& y) {
  const T* in = x.data<T>();
  fill_each(x.size(), y.data<T>(), [=](std::int64_t i) { return hyperbolic_tangent(in[i]); });
}

template <class T>
void sigmoid_kernel(Cpu, const Tensor& x, Tensor& y) {
  const T* in = x.data<T>();
  fill_each(x.size(), y.data<T>(),
            [=](std::int64_t i) { return T{1} / (T{1} + exponential(-in[i])); });
}

template <class T>
void tanh_backward_kernel(Cpu, const Tensor& y, const Tensor& gradient, Tensor& d_x) {
  const T* out = y.data<T>();
  const T* dy = gradient.data<T>();
  fill_each(y.size(), d_x.data<T>(),
            [=](std::int64_t i) { return dy[i] * (T{1} - out[i] * out[i]); });
}

template <class T>
void sigmoid_backward_kernel(Cpu, const Tensor& y, const Tensor& gradient, Tensor& d_x) {
  const T* out = y.data<T>();
  const T* dy = gradient.data<T>();
  fill_each(y.size(), d_x.data<T>(),
            [=](std::int64_t i) { return dy[i] * out[i] * (T{1} - out[i]); });
}

template void exp_kernel<float>(Cpu, const Tensor&, Tensor&);
template void exp_kernel<double>(Cpu, const Tensor&, Tensor&);
template void log_kernel<float>(Cpu, const Tensor&, Tensor&);
template void log_kernel<double>(Cpu, const Tensor&, Tensor&);
template void sqrt_kernel<float>(Cpu, const Tensor&, Tensor&);
template void sqrt_kernel<double>(Cpu, const Tensor&, Tensor&);
template void tanh_kernel<float>(Cpu, const Tensor&, Tensor&);
template void tanh_kernel<double>(Cpu, const Tensor&, Tensor&);
template void sigmoid_kernel<float>(Cpu, const Tensor&, Tensor&);
template void sigmoid_kernel<double>(Cpu, const Tensor&, Tensor&);
template void tanh_backward_kernel<float>(Cpu, const Tensor&, const Tensor&, Tensor&);
template void tanh_backward_kernel<double>(Cpu, const Tensor&, const Tensor&, Tensor&);
template void sigmoid_backward_kernel<float>(Cpu, const Tensor&, const Tensor&, Tensor&);
template void sigmoid_backward_kernel<double>(Cpu, const Tensor&, const Tensor&, Tensor&);

}  // namespace lectern
