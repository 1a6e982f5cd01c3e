#include "autograd/ops/linear_cross_entropy.h"

#include "autograd/by_definition.h"
#include "autograd/ops/cross_entropy.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/linear_cross_entropy.h"

namespace lectern {

Variable linear_cross_entropy(const Variable& x, const Variable& weight, const Variable& bias,
                              const Tensor& targets, const CrossEntropyOptions& options,
                              MatmulTranspose which, Where where) {
  if (runs_by_definition())
    return cross_entropy(linear(x, weight, bias, which, where), targets, options, where);
  const bool needed = recording() && (x.requires_gradient() || weight.requires_gradient() ||
                                      bias.requires_gradient());
  const LinearCrossEntropySum sum = linear_cross_entropy(
      x.value(), weight.value(), bias.value(), targets,
      {.cross_entropy = options, .transpose_weight = which.transpose_b, .gradients = needed},
      where);
  expect_real_targets(sum.count, targets, options, where);
  return record(
      "linear_cross_entropy", divide(sum.loss, sum.count), {x, weight, bias},
      [dx = sum.dx, d_weight = sum.d_weight, d_bias = sum.d_bias,
       count = sum.count](const Tensor& d_mean) -> Gradients {
        const Tensor factor = divide(d_mean, count);
        return {multiply(dx, factor), multiply(d_weight, factor), multiply(d_bias, factor)};
      },
      where);
}

}  // namespace lectern
