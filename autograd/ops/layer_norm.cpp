#include "autograd/ops/layer_norm.h"

#include "autograd/by_definition.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/dropout.h"
#include "tensor/ops/dropout.h"

namespace lectern {

Variable layer_norm(const Variable& x, const Variable& weight, const Variable& bias, double epsilon,
                    Where where) {
  const auto [y, mean, reciprocal_deviation] =
      layer_norm(x.value(), weight.value(), bias.value(), epsilon, where);
  return record(
      "layer_norm", y, {x, weight, bias},
      [x = x.value(), weight = weight.value(), mean = mean,
       r = reciprocal_deviation](const Tensor& dy) -> Gradients {
        const auto [d_x, d_weight, d_bias] = layer_norm_backward(x, weight, mean, r, dy);
        return {d_x, d_weight, d_bias};
      },
      where);
}

Variable dropout_add_layer_norm(const Variable& x, const Variable& residual, const Variable& weight,
                                const Variable& bias, const DropoutAddLayerNormOptions& options,
                                Where where) {
  if (runs_by_definition())
    return layer_norm(add(residual, dropout(x, options.probability, options.key, where), where),
                      weight, bias, options.epsilon, where);
  const auto [sum, normalized] = dropout_add_layer_norm(x.value(), residual.value(), weight.value(),
                                                        bias.value(), options, where);
  return record(
      "dropout_add_layer_norm", normalized.y, {x, residual, weight, bias},
      [sum = sum, weight = weight.value(), mean = normalized.mean,
       r = normalized.reciprocal_deviation, options](const Tensor& dy) -> Gradients {
        const auto [d_sum, d_weight, d_bias] = layer_norm_backward(sum, weight, mean, r, dy);
        return {dropout(d_sum, options.probability, options.key), d_sum, d_weight, d_bias};
      },
      where);
}

}  // namespace lectern
