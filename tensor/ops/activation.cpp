#include "tensor/ops/activation.h"

#include "tensor/launch.h"
#include "tensor/ops/expect.h"

namespace lectern {

template <class T>
void relu_kernel(Cpu, const Tensor& x, Tensor& y);
template <class T>
void relu_kernel(Cuda, const Tensor& x, Tensor& y);
template <class T>
void relu_backward_kernel(Cpu, const Tensor& y, const Tensor& gradient, Tensor& d_x);
template <class T>
void relu_backward_kernel(Cuda, const Tensor& y, const Tensor& gradient, Tensor& d_x);
template <class T>
void gelu_kernel(Cpu, const Tensor& x, Tensor& y);
template <class T>
void gelu_kernel(Cuda, const Tensor& x, Tensor& y);
template <class T>
void gelu_backward_kernel(Cpu, const Tensor& x, const Tensor& gradient, Tensor& d_x);
template <class T>
void gelu_backward_kernel(Cuda, const Tensor& x, const Tensor& gradient, Tensor& d_x);

Tensor relu(const Tensor& x) {
  Tensor y = empty_like(x);
  launch(x, [&](auto device, auto zero) { relu_kernel<decltype(zero)>(device, x, y); });
  return y;
}

Tensor relu_backward(const Tensor& y, const Tensor& gradient) {
  expect_same_shape("relu_backward", y, gradient);
  Tensor d_x = empty_like(gradient);
  launch(y, [&](auto device, auto zero) {
    relu_backward_kernel<decltype(zero)>(device, y, gradient, d_x);
  });
  return d_x;
}

Tensor gelu(const Tensor& x) {
  Tensor y = empty_like(x);
  launch(x, [&](auto device, auto zero) { gelu_kernel<decltype(zero)>(device, x, y); });
  return y;
}

Tensor gelu_backward(const Tensor& x, const Tensor& gradient) {
  expect_same_shape("gelu_backward", x, gradient);
  Tensor d_x = empty_like(gradient);
  launch(x, [&](auto device, auto zero) {
    gelu_backward_kernel<decltype(zero)>(device, x, gradient, d_x);
  });
  return d_x;
}

}  // namespace lectern
