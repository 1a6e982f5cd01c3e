#include "autograd/ops/layer_norm.h"

#include "tensor/ops/layer_norm.h"

namespace lectern {

Variable layer_norm(const Variable& x, const Variable& weight, const Variable& bias,
                    double epsilon) {
  const auto [y, mean, reciprocal_deviation] =
      layer_norm(x.value(), weight.value(), bias.value(), epsilon);
  return record("layer_norm", y, {x, weight, bias},
                [x = x.value(), weight = weight.value(), mean = mean,
                 r = reciprocal_deviation](const Tensor& dy) -> Gradients {
                  const auto [d_x, d_weight, d_bias] = layer_norm_backward(x, weight, mean, r, dy);
                  return {d_x, d_weight, d_bias};
                });
}

}  // namespace lectern
