#include "tensor/ops/linear_cross_entropy.h"

#include <algorithm>
#include <utility>

#include "tensor/ops/arithmetic.h"
#include "tensor/ops/matmul.h"
#include "tensor/ops/reduce.h"

namespace lectern {
namespace {

/// Adds what some rows, the block's, contribute to the gradients.
void add_gradients(const Tensor& x, const Tensor& weight, const Tensor& d_logits, Tensor dx,
                   bool transposed, LinearCrossEntropySum& sum) {
  matmul(d_logits, weight, {.transpose_b = !transposed, .accumulate_into = std::move(dx)});
  if (transposed)
    matmul(d_logits, x, {.transpose_a = true, .accumulate_into = sum.d_weight});
  else
    matmul(x, d_logits, {.transpose_a = true, .accumulate_into = sum.d_weight});
  add_in_place(sum.d_bias, sum_leading(d_logits));
}

}  // namespace

LinearCrossEntropySum linear_cross_entropy(const Tensor& x, const Tensor& weight,
                                           const Tensor& bias, const Tensor& targets,
                                           const LinearCrossEntropyOptions& options, Where where) {
  const std::int64_t rows = x.dim(0, where);
  expect_shape(targets.shape(), {rows}, "targets", "[row]", where);
  check(options.rows_at_once > 0, "linear_cross_entropy needs at least one row at once", where);
  const MatmulOptions product{.transpose_b = options.transpose_weight, .bias = bias};
  const Tensor one = full({}, 1.0, x.dtype(), x.device());
  LinearCrossEntropySum sum{zeros({}, x.dtype(), x.device()), zeros({}, x.dtype(), x.device())};
  if (options.gradients) {
    sum.dx = zeros_like(x);
    sum.d_weight = zeros_like(weight);
    sum.d_bias = zeros_like(bias);
  }
  for (std::int64_t begin = 0; begin < rows; begin += options.rows_at_once) {
    const std::int64_t end = std::min(begin + options.rows_at_once, rows);
    const Tensor block = x.slice(begin, end), target = targets.slice(begin, end);
    Tensor logits = matmul(block, weight, product, where);  // [row, vocab]
    const CrossEntropySum part = cross_entropy(logits, target, options.cross_entropy, where);
    add_in_place(sum.loss, part.loss);
    add_in_place(sum.count, part.count);
    if (!options.gradients) continue;
    const Tensor d_logits =
        cross_entropy_backward(std::move(logits), part, target, options.cross_entropy, one);
    add_gradients(block, weight, d_logits, sum.dx.slice(begin, end), options.transpose_weight, sum);
  }
  return sum;
}

}  // namespace lectern
