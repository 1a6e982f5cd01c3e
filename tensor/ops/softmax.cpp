#include "tensor/ops/softmax.h"

#include "tensor/launch.h"
#include "tensor/ops/expect.h"

namespace lectern {

template <class T>
void softmax_kernel(Cpu, const Tensor& scores, Tensor& probabilities);
template <class T>
void softmax_kernel(Cuda, const Tensor& scores, Tensor& probabilities);
template <class T>
void softmax_backward_kernel(Cpu, const Tensor& probabilities, const Tensor& gradient,
                             Tensor& d_scores);
template <class T>
void softmax_backward_kernel(Cuda, const Tensor& probabilities, const Tensor& gradient,
                             Tensor& d_scores);
template <class T>
void log_softmax_kernel(Cpu, const Tensor& scores, Tensor& logarithms);
template <class T>
void log_softmax_kernel(Cuda, const Tensor& scores, Tensor& logarithms);
template <class T>
void log_softmax_backward_kernel(Cpu, const Tensor& logarithms, const Tensor& gradient,
                                 Tensor& d_scores);
template <class T>
void log_softmax_backward_kernel(Cuda, const Tensor& logarithms, const Tensor& gradient,
                                 Tensor& d_scores);

Tensor softmax(const Tensor& scores, Where where) {
  expect_rows("softmax", scores, where);
  Tensor probabilities = empty_like(scores);
  launch(
      scores,
      [&](auto device, auto zero) {
        softmax_kernel<decltype(zero)>(device, scores, probabilities);
      },
      where);
  return probabilities;
}

Tensor softmax_backward(const Tensor& probabilities, const Tensor& gradient) {
  expect_same_shape("softmax_backward", probabilities, gradient);
  Tensor d_scores = empty_like(gradient);
  launch(gradient, [&](auto device, auto zero) {
    softmax_backward_kernel<decltype(zero)>(device, probabilities, gradient, d_scores);
  });
  return d_scores;
}

Tensor log_softmax(const Tensor& scores, Where where) {
  expect_rows("log_softmax", scores, where);
  Tensor logarithms = empty_like(scores);
  launch(
      scores,
      [&](auto device, auto zero) {
        log_softmax_kernel<decltype(zero)>(device, scores, logarithms);
      },
      where);
  return logarithms;
}

Tensor log_softmax_backward(const Tensor& logarithms, const Tensor& gradient) {
  expect_same_shape("log_softmax_backward", logarithms, gradient);
  Tensor d_scores = empty_like(gradient);
  launch(gradient, [&](auto device, auto zero) {
    log_softmax_backward_kernel<decltype(zero)>(device, logarithms, gradient, d_scores);
  });
  return d_scores;
}

}  // namespace lectern
