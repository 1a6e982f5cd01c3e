#include "tensor/ops/pointwise.h"

#include "tensor/launch.h"
#include "tensor/ops/expect.h"

namespace lectern {

template <class T>
void exp_kernel(Cpu, const Tensor& x, Tensor& y);
template <class T>
void exp_kernel(Cuda, const Tensor& x, Tensor& y);
template <class T>
void log_kernel(Cpu, const Tensor& x, Tensor& y);
template <class T>
void log_kernel(Cuda, const Tensor& x, Tensor& y);
template <class T>
void sqrt_kernel(Cpu, const Tensor& x, Tensor& y);
template <class T>
void sqrt_kernel(Cuda, const Tensor& x, Tensor& y);
template <class T>
void tanh_kernel(Cpu, const Tensor& x, Tensor& y);
template <class T>
void tanh_kernel(Cuda, const Tensor& x, Tensor& y);
template <class T>
void sigmoid_kernel(Cpu, const Tensor& x, Tensor& y);
template <class T>
void sigmoid_kernel(Cuda, const Tensor& x, Tensor& y);
template <class T>
void tanh_backward_kernel(Cpu, const Tensor& y, const Tensor& gradient, Tensor& d_x);
template <class T>
void tanh_backward_kernel(Cuda, const Tensor& y, const Tensor& gradient, Tensor& d_x);
template <class T>
void sigmoid_backward_kernel(Cpu, const Tensor& y, const Tensor& gradient, Tensor& d_x);
template <class T>
void sigmoid_backward_kernel(Cuda, const Tensor& y, const Tensor& gradient, Tensor& d_x);

Tensor exp(const Tensor& x) {
  Tensor y = empty_like(x);
  launch(x, [&](auto device, auto zero) { exp_kernel<decltype(zero)>(device, x, y); });
  return y;
}

Tensor log(const Tensor& x) {
  Tensor y = empty_like(x);
  launch(x, [&](auto device, auto zero) { log_kernel<decltype(zero)>(device, x, y); });
  return y;
}

Tensor sqrt(const Tensor& x) {
  Tensor y = empty_like(x);
  launch(x, [&](auto device, auto zero) { sqrt_kernel<decltype(zero)>(device, x, y); });
  return y;
}

Tensor tanh(const Tensor& x) {
  Tensor y = empty_like(x);
  launch(x, [&](auto device, auto zero) { tanh_kernel<decltype(zero)>(device, x, y); });
  return y;
}

Tensor sigmoid(const Tensor& x) {
  Tensor y = empty_like(x);
  launch(x, [&](auto device, auto zero) { sigmoid_kernel<decltype(zero)>(device, x, y); });
  return y;
}

Tensor tanh_backward(const Tensor& y, const Tensor& gradient) {
  expect_same_shape("tanh_backward", y, gradient);
  Tensor d_x = empty_like(gradient);
  launch(y, [&](auto device, auto zero) {
    tanh_backward_kernel<decltype(zero)>(device, y, gradient, d_x);
  });
  return d_x;
}

Tensor sigmoid_backward(const Tensor& y, const Tensor& gradient) {
  expect_same_shape("sigmoid_backward", y, gradient);
  Tensor d_x = empty_like(gradient);
  launch(y, [&](auto device, auto zero) {
    sigmoid_backward_kernel<decltype(zero)>(device, y, gradient, d_x);
  });
  return d_x;
}

}  // namespace lectern
