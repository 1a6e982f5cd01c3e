#include "tensor/ops/layer_norm.h"

#include "tensor/launch.h"
#include "tensor/ops/expect.h"

namespace lectern {

template <class T>
void layer_norm_kernel(Cpu, const Tensor& x, const Tensor& weight, const Tensor& bias,
                       double epsilon, NormalizedRows& result);
template <class T>
void layer_norm_kernel(Cuda, const Tensor& x, const Tensor& weight, const Tensor& bias,
                       double epsilon, NormalizedRows& result);
template <class T>
void dropout_add_layer_norm_kernel(Cpu, const Tensor& x, const Tensor& residual,
                                   const Tensor& weight, const Tensor& bias,
                                   const DropoutAddLayerNormOptions& options,
                                   NormalizedSum& result);
template <class T>
void dropout_add_layer_norm_kernel(Cuda, const Tensor& x, const Tensor& residual,
                                   const Tensor& weight, const Tensor& bias,
                                   const DropoutAddLayerNormOptions& options,
                                   NormalizedSum& result);
template <class T>
void layer_norm_backward_kernel(Cpu, const Tensor& x, const Tensor& weight, const Tensor& mean,
                                const Tensor& reciprocal_deviation, const Tensor& gradient,
                                LayerNormGradients& result);
template <class T>
void layer_norm_backward_kernel(Cuda, const Tensor& x, const Tensor& weight, const Tensor& mean,
                                const Tensor& reciprocal_deviation, const Tensor& gradient,
                                LayerNormGradients& result);

namespace {

void expect_weights(const char* op, const Tensor& x, const Tensor& weight, const Tensor& bias,
                    Where where) {
  expect_rows(op, x, where);
  expect_alike(op, x, weight, where);
  expect_alike(op, x, bias, where);
  check(
      weight.shape() == Shape{x.dim(-1)} && bias.shape() == Shape{x.dim(-1)},
      [&] {
        return text(op, " of ", x.shape(), " needs weight and bias of shape [", x.dim(-1),
                    "], got ", weight.shape(), " and ", bias.shape());
      },
      where);
}

NormalizedRows rows_like(const Tensor& x) {
  const Shape rows = x.shape().leading(x.rank() - 1);
  return {empty_like(x), Tensor(rows, x.dtype(), x.device()), Tensor(rows, x.dtype(), x.device())};
}

}  // namespace

NormalizedRows layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double epsilon,
                          Where where) {
  expect_weights("layer_norm", x, weight, bias, where);
  NormalizedRows result = rows_like(x);
  launch(
      x,
      [&](auto device, auto zero) {
        layer_norm_kernel<decltype(zero)>(device, x, weight, bias, epsilon, result);
      },
      where);
  return result;
}

NormalizedSum dropout_add_layer_norm(const Tensor& x, const Tensor& residual, const Tensor& weight,
                                     const Tensor& bias, const DropoutAddLayerNormOptions& options,
                                     Where where) {
  expect_probability(options.probability, where);
  expect_same_shape("dropout_add_layer_norm", x, residual, where);
  expect_weights("dropout_add_layer_norm", x, weight, bias, where);
  NormalizedSum result{empty_like(x), rows_like(x)};
  launch(
      x,
      [&](auto device, auto zero) {
        dropout_add_layer_norm_kernel<decltype(zero)>(device, x, residual, weight, bias, options,
                                                      result);
      },
      where);
  return result;
}

LayerNormGradients layer_norm_backward(const Tensor& x, const Tensor& weight, const Tensor& mean,
                                       const Tensor& reciprocal_deviation, const Tensor& gradient) {
  expect_same_shape("layer_norm_backward", x, gradient);
  LayerNormGradients result{empty_like(x), empty_like(weight), empty_like(weight)};
  launch(x, [&](auto device, auto zero) {
    layer_norm_backward_kernel<decltype(zero)>(device, x, weight, mean, reciprocal_deviation,
                                               gradient, result);
  });
  return result;
}

}  // namespace lectern
