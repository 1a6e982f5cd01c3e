#include "attention/linear.h"

#include "attention/ops/linear/attend_linear.h"
#include "attention/ops/mask_scores.h"
#include "attention/scaled_dot_product.h"
#include "autograd/by_definition.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/permute.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/reduce.h"
#include "tensor/ops/gather.h"
#include "tensor/ops/matmul.h"
#include "tensor/ops/pointwise.h"

namespace lectern {
namespace {

/// φ(x) = elu(x) + 1: x + 1 above zero, e^x below.
Variable features(const Variable& x) { return add(relu(x), exp(scale(relu(scale(x, -1)), -1))); }

Variable with_minimum(const Variable& normalizers) {
  const Tensor& value = normalizers.value();
  return add(normalizers,
             Variable(full({}, linear_normalizer_minimum, value.dtype(), value.device())));
}

/// One for a pair that is visible, zero for a hidden one. `[batch, head, query, key]`
Variable visible_pairs(const Tensor& weights, const Mask& mask) {
  return Variable(exp(mask_scores(zeros_like(weights), mask)));
}

/// Keys or values of fewer heads, as the kernels take them: for every query head.
Variable repeated(const Variable& x, const Variable& queries, int heads) {
  return repeat_heads(x, heads, queries.dim(2) / heads);
}

/// S and z of every head that has keys, which grow with every token.
class LinearCache : public KeyValueCache {
 public:
  explicit LinearCache(int heads) : heads_(heads) {}

  Tensor attend(const ProjectedTokens& tokens, const NewestTokens&) override {
    const NoGradient no_gradient;
    const auto& [x, queries, keys, values] = tokens;
    // Among themselves the newest tokens attend as a sequence does.
    const AttendLinearResult own = attend_linear(
        queries.value(), repeated(keys, queries, heads_).value(),
        repeated(values, queries, heads_).value(), {.heads = heads_, .mask = causal_mask()});
    const Tensor output = sums_.defined() ? with_earlier(own, queries) : own.output;
    const std::int64_t of_keys = key_value_heads(queries.dim(2), keys.dim(2), heads_);
    remember(features(split_heads(keys, of_keys)).value(), split_heads(values, of_keys).value());
    return output;
  }

  void reorder(const Tensor& order) override {
    if (!sums_.defined()) return;
    sums_ = gather_rows(sums_, order);
    normalizers_ = gather_rows(normalizers_, order);
  }

 private:
  /// What queries see when the sums over earlier tokens are added to those over the newest.
  Tensor with_earlier(const AttendLinearResult& own, const Variable& queries) const {
    const Variable q = features(split_heads(queries, heads_));  // [row, head, n, d_head]
    const std::int64_t row = q.dim(0), head = q.dim(1), n = q.dim(2), d_head = q.dim(3);
    // The queries of a group ask one sum, as if they were one head's.
    const Variable of_groups = reshape(q, {row, sums_.dim(1), -1, d_head});
    const Variable normalizers(own.normalizers.reshape({row, head, n, 1}));
    const Variable sums = multiply(split_heads(Variable(own.output), heads_), normalizers);
    const Variable earlier = reshape(matmul(of_groups, Variable(sums_)), q.shape());
    const Variable earlier_normalizers =
        reshape(matmul(of_groups, Variable(normalizers_)), {row, head, n, 1});
    return merge_heads(divide(add(sums, earlier), add(normalizers, earlier_normalizers))).value();
  }

  /// \param k, v  `[row, head, n, d_head]`
  void remember(const Tensor& k, const Tensor& v) {
    const std::int64_t row = k.dim(0), head = k.dim(1), d_head = k.dim(3);
    if (!sums_.defined()) {
      sums_ = zeros({row, head, d_head, d_head}, k.dtype(), k.device());
      normalizers_ = zeros({row, head, d_head, 1}, k.dtype(), k.device());
    }
    const Tensor ones = full({row, head, k.dim(2), 1}, 1, k.dtype(), k.device());
    sums_ = matmul(k, v, {.transpose_a = true, .accumulate_into = sums_});
    normalizers_ = matmul(k, ones, {.transpose_a = true, .accumulate_into = normalizers_});
  }

  int heads_;
  Tensor sums_;         // [row, key/value head, d_head, d_head]
  Tensor normalizers_;  // [row, key/value head, d_head, 1]
};

}  // namespace

Variable attend_linear(const Variable& q, const Variable& k, const Variable& v,
                       const AttentionOptions& options) {
  if (runs_by_definition()) return attend_linear_by_definition(q, k, v, options);
  const AttendLinearResult result = attend_linear(q.value(), k.value(), v.value(), options);
  return record("attend_linear", result.output, {q, k, v},
                [q = q.value(), k = k.value(), v = v.value(), result,
                 options](const Tensor& d_output) -> Gradients {
                  const AttendGradients gradients =
                      attend_linear_backward(q, k, v, result, d_output, options);
                  return {gradients.dq, gradients.dk, gradients.dv};
                });
}

namespace {

/// Every query's φ(q)·φ(k), of the pairs that it sees, divided by their sum.
Variable probabilities(const Variable& queries, const Variable& keys,
                       const AttentionOptions& options) {
  const std::int64_t batch = queries.dim(0), query = queries.dim(1), key = keys.dim(1);
  const std::int64_t head = options.heads;
  const Variable q = features(split_heads(queries, head));
  const Variable k = features(split_heads(keys, head));

  Variable weights = matmul(q, k, {.transpose_b = true});
  EXPECT_SHAPE(weights, batch, head, query, key);
  if (options.mask.hides_something())
    weights = multiply(weights, visible_pairs(weights.value(), options.mask));
  const Variable normalizers = with_minimum(sum_axis(weights, 3));
  EXPECT_SHAPE(normalizers, batch, head, query);
  return divide(weights, reshape(normalizers, {batch, head, query, 1}));
}

}  // namespace

Variable attend_linear_by_definition(const Variable& queries, const Variable& keys,
                                     const Variable& values, const AttentionOptions& options) {
  check_linear(queries.value(), keys.value(), values.value(), options);
  return merge_heads(
      matmul(probabilities(queries, keys, options), split_heads(values, options.heads)));
}

Tensor LinearAttention::weights(const ProjectedTokens& tokens,
                                const AttentionOptions& options) const {
  check_no_bias(options, "linear attention");
  const NoGradient no_gradient;
  return probabilities(tokens.queries, repeated(tokens.keys, tokens.queries, options.heads),
                       options)
      .value();
}

Variable LinearAttention::operator()(const ProjectedTokens& tokens,
                                     const AttentionOptions& options) const {
  return attend_linear(tokens.queries, repeated(tokens.keys, tokens.queries, options.heads),
                       repeated(tokens.values, tokens.queries, options.heads), options);
}

std::unique_ptr<KeyValueCache> LinearAttention::start(int heads, std::int64_t) const {
  return std::make_unique<LinearCache>(heads);
}

}  // namespace lectern
