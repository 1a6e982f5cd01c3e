#include "attention/scaled_dot_product.h"

#include "attention/ops/fused/attend_fused.h"
#include "attention/ops/mask_scores.h"
#include "autograd/by_definition.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/cast.h"
#include "autograd/ops/concatenate.h"
#include "autograd/ops/dropout.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/permute.h"
#include "autograd/ops/softmax.h"
#include "tensor/precision.h"

namespace lectern {
namespace {

/// softmax(q kᵀ / √d_head) of queries and keys that are split into heads.
Variable attention_probabilities(const Variable& q, const Variable& k,
                                 const AttentionOptions& options) {
  const std::int64_t batch = q.dim(0), head = q.dim(1), query = q.dim(2), key = k.dim(2);
  const double factor = score_scale(options, q.dim(3));
  check(!options.bias.widths.defined(),
        "attention by its definition knows no bias; see attend_biased_by_definition");

  Variable scores = scale(matmul(q, k, {.transpose_b = true}), factor);
  EXPECT_SHAPE(scores, batch, head, query, key);
  if (options.mask.hides_something()) scores = mask_scores(scores, options.mask);
  return softmax(scores);
}

}  // namespace

Variable attend(const Variable& q, const Variable& k, const Variable& v,
                const AttentionOptions& options) {
  if (runs_by_definition()) return attend_by_definition(q, k, v, options);
  const DType dtype = product_dtype(q.value()), before = q.value().dtype();
  if (dtype == before) return attend_fused(q, k, v, options);
  return cast(attend_fused(cast(q, dtype), cast(k, dtype), cast(v, dtype), options), before);
}

Variable attend_by_definition(const Variable& queries, const Variable& keys, const Variable& values,
                              const AttentionOptions& options) {
  check_attention(queries.value(), keys.value(), values.value(), options);
  const std::int64_t batch = queries.dim(0), query = queries.dim(1), key = keys.dim(1);
  const std::int64_t d_model = queries.dim(2), head = options.heads, d_head = d_model / head;

  const Variable q = split_heads(queries, head);
  const Variable k = split_heads(repeat_heads(keys, head, d_head), head);
  const Variable v = split_heads(repeat_heads(values, head, d_head), head);
  EXPECT_SHAPE(q, batch, head, query, d_head);
  EXPECT_SHAPE(k, batch, head, key, d_head);
  EXPECT_SHAPE(v, batch, head, key, d_head);

  Variable weights = attention_probabilities(q, k, options);
  EXPECT_SHAPE(weights, batch, head, query, key);
  if (options.dropout > 0) weights = dropout(weights, options.dropout, options.key);

  const Variable attended = matmul(weights, v);
  EXPECT_SHAPE(attended, batch, head, query, d_head);
  return merge_heads(attended);
}

Variable repeat_heads(const Variable& x, std::int64_t heads, std::int64_t d_head) {
  const std::int64_t batch = x.dim(0), key = x.dim(1), d_model = heads * d_head;
  const std::int64_t groups = key_value_heads(d_model, x.dim(2), heads);
  if (groups == heads) return x;
  const Variable of_groups = reshape(x, {batch, key, groups, d_head});
  const std::vector<Variable> copies(static_cast<std::size_t>(heads / groups), of_groups);
  return reshape(stack(copies, 3), {batch, key, d_model});
}

Variable attend_fused(const Variable& q, const Variable& k, const Variable& v,
                      const AttentionOptions& options) {
  const AttendResult result = attend_fused(q.value(), k.value(), v.value(), options);
  return record("attend_fused", result.output, {q, k, v},
                [q = q.value(), k = k.value(), v = v.value(), result,
                 options](const Tensor& d_output) -> Gradients {
                  const AttendGradients gradients =
                      attend_fused_backward(q, k, v, result, d_output, options);
                  return {gradients.dq, gradients.dk, gradients.dv};
                });
}

Tensor attention_weights(const Tensor& q, const Tensor& k, const AttentionOptions& options) {
  check_attention(q, k, k, options);
  const NoGradient no_gradient;
  const Variable keys = repeat_heads(Variable(k), options.heads, q.dim(2) / options.heads);
  return attention_probabilities(split_heads(Variable(q), options.heads),
                                 split_heads(keys, options.heads), options)
      .value();
}

}  // namespace lectern
