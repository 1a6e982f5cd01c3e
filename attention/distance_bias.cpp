#include "attention/distance_bias.h"

#include <cmath>

#include "attention/ops/fused/attend_fused.h"
#include "attention/ops/mask_scores.h"
#include "attention/scaled_dot_product.h"
#include "autograd/by_definition.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/dropout.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/permute.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/softmax.h"
#include "tensor/ops/cast.h"

namespace lectern {

Variable attend_biased(const Variable& q, const Variable& k, const Variable& v,
                       const Variable& widths, const AttentionOptions& options) {
  if (runs_by_definition()) return attend_biased_by_definition(q, k, v, widths, options);
  AttentionOptions biased = options;
  biased.bias.widths = widths.value();
  const AttendResult result = attend_fused(q.value(), k.value(), v.value(), biased);
  return record("attend_biased", result.output, {q, k, v, widths},
                [q = q.value(), k = k.value(), v = v.value(), result,
                 biased](const Tensor& d_output) -> Gradients {
                  const AttendGradients gradients =
                      attend_fused_backward(q, k, v, result, d_output, biased);
                  return {gradients.dq, gradients.dk, gradients.dv, gradients.d_widths};
                });
}

namespace {

/// How far every key is from every query, `[query, key]`; fewer queries than keys are the last.
Variable distances(std::int64_t query, std::int64_t key, const Tensor& like) {
  Tensor distance({query, key}, DType::f64, cpu);
  for (std::int64_t i = 0; i < query; ++i)
    for (std::int64_t j = 0; j < key; ++j)
      distance.data<double>()[i * key + j] = static_cast<double>(std::abs(i + key - query - j));
  return Variable(cast(distance, like.dtype()).to(like.device()));
}

Variable plus(const Variable& x, double number) {
  return add(x, Variable(full({1}, number, x.value().dtype(), x.value().device())));
}

/// clamp(x, 0, 1). At both ends the derivative is 0, as in the kernels.
Variable clamp_to_unit(const Variable& x) { return relu(1.0 - relu(1.0 - x)); }

/// The weights of queries and keys that are split into heads, `[batch, head, query, key]`.
Variable probabilities(const Variable& q, const Variable& k, const Variable& widths,
                       const AttentionOptions& options) {
  const std::int64_t batch = q.dim(0), head = q.dim(1), query = q.dim(2), key = k.dim(2);
  const Variable distance = distances(query, key, q.value());
  const Variable width = reshape(widths, {head, 1, 1});

  Variable scores = scale(matmul(q, k, {.transpose_b = true}), score_scale(options, q.dim(3)));
  EXPECT_SHAPE(scores, batch, head, query, key);
  if (options.bias.shape == DistanceBias::Shape::bell) {
    const Variable twice_variance = scale(multiply(width, width), 2);
    scores = subtract(scores, divide(multiply(distance, distance), twice_variance));
  }
  const Variable weights = softmax(mask_scores(scores, options.mask));
  if (options.bias.shape == DistanceBias::Shape::bell) return weights;

  const double ramp = options.bias.ramp;
  const Variable rest = scale(plus(subtract(width, distance), ramp), 1 / ramp);
  const Variable seen = multiply(weights, clamp_to_unit(rest));
  const Variable total = reshape(sum_axis(seen, 3), {batch, head, query, 1});
  return divide(seen, plus(total, 1e-30));  // where nothing is seen, 0/0 shall be 0
}

}  // namespace

Variable attend_biased_by_definition(const Variable& queries, const Variable& keys,
                                     const Variable& values, const Variable& widths,
                                     const AttentionOptions& options) {
  check_attention(queries.value(), keys.value(), values.value(), options);
  const std::int64_t head = options.heads, d_head = queries.dim(2) / head;
  const Variable k = repeat_heads(keys, head, d_head), v = repeat_heads(values, head, d_head);
  Variable weights =
      probabilities(split_heads(queries, head), split_heads(k, head), widths, options);
  if (options.dropout > 0) weights = dropout(weights, options.dropout, options.key);
  return merge_heads(matmul(weights, split_heads(v, head)));
}

Tensor biased_weights(const Tensor& q, const Tensor& k, const AttentionOptions& options) {
  check_attention(q, k, k, options);
  const NoGradient no_gradient;
  const Variable keys = repeat_heads(Variable(k), options.heads, q.dim(2) / options.heads);
  return probabilities(split_heads(Variable(q), options.heads), split_heads(keys, options.heads),
                       Variable(options.bias.widths), options)
      .value();
}

}  // namespace lectern
