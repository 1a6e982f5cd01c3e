#include "tensor/ops/dropout.h"

#include "tensor/launch.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/expect.h"
#include "tensor/ops/pointwise.h"

namespace lectern {

template <class T>
void dropout_kernel(Cpu, const Tensor& x, double probability, RandomKey key, Tensor& y);
template <class T>
void dropout_kernel(Cuda, const Tensor& x, double probability, RandomKey key, Tensor& y);
template <class T>
void dropout_add_kernel(Cpu, const Tensor& x, const Tensor& residual, double probability,
                        RandomKey key, Tensor& y);
template <class T>
void dropout_add_kernel(Cuda, const Tensor& x, const Tensor& residual, double probability,
                        RandomKey key, Tensor& y);
template <class T>
void relu_dropout_kernel(Cpu, const Tensor& x, double probability, RandomKey key, Tensor& y);
template <class T>
void relu_dropout_kernel(Cuda, const Tensor& x, double probability, RandomKey key, Tensor& y);
template <class T>
void relu_dropout_backward_kernel(Cpu, const Tensor& y, const Tensor& gradient, double probability,
                                  Tensor& d_x);
template <class T>
void relu_dropout_backward_kernel(Cuda, const Tensor& y, const Tensor& gradient, double probability,
                                  Tensor& d_x);

Tensor dropout(const Tensor& x, double probability, RandomKey key, Where where) {
  expect_probability(probability, where);
  if (probability == 0) return x;
  Tensor y = empty_like(x);
  launch(
      x,
      [&](auto device, auto zero) {
        dropout_kernel<decltype(zero)>(device, x, probability, key, y);
      },
      where);
  return y;
}

Tensor dropout_add(const Tensor& x, const Tensor& residual, double probability, RandomKey key,
                   Where where) {
  expect_probability(probability, where);
  expect_same_shape("dropout_add", x, residual, where);
  if (probability == 0) return add(residual, x, where);
  Tensor y = empty_like(x);
  launch(
      x,
      [&](auto device, auto zero) {
        dropout_add_kernel<decltype(zero)>(device, x, residual, probability, key, y);
      },
      where);
  return y;
}

Tensor relu_dropout(const Tensor& x, double probability, RandomKey key, Where where) {
  expect_probability(probability, where);
  if (probability == 0) return relu(x, where);
  Tensor y = empty_like(x);
  launch(
      x,
      [&](auto device, auto zero) {
        relu_dropout_kernel<decltype(zero)>(device, x, probability, key, y);
      },
      where);
  return y;
}

Tensor relu_dropout_backward(const Tensor& y, const Tensor& gradient, double probability) {
  expect_probability(probability);
  expect_same_shape("relu_dropout_backward", y, gradient);
  Tensor d_x = empty_like(gradient);
  launch(gradient, [&](auto device, auto zero) {
    relu_dropout_backward_kernel<decltype(zero)>(device, y, gradient, probability, d_x);
  });
  return d_x;
}

}  // namespace lectern
