#include "attention/lsh.h"

#include <iostream>
#include <mutex>

#include "attention/lsh_cache.h"
#include "attention/ops/lsh/attend_lsh.h"
#include "autograd/ops/cast.h"
#include "autograd/ops/permute.h"
#include "autograd/replay.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/permute.h"

namespace lectern {
namespace {

void say_once_that_exact_is_used(std::int64_t length, const LshOptions& options) {
  static std::once_flag said;
  std::call_once(said, [&] {
    const bool measured = options.exact_below < 0;
    std::clog << "LSH attention: " << length << " tokens are fewer than "
              << (measured ? text(exact_below(options), ", below which exact attention is faster")
                           : text("attention.exact_below = ", options.exact_below))
              << "; they are attended exactly (attention.exact_below = 1 always hashes)\n";
  });
}

/// Attention of queries and values that are split into heads, `[batch, head, length, d_head]`.
Variable attend_heads(const Variable& q, const Variable& v, const LshOrder& order,
                      const AttentionOptions& options) {
  const AttendResult result = attend_lsh(q.value(), v.value(), order, options);
  return record(
      "attend_lsh", result.output, {q, v},
      [q = q.value(), v = v.value(), order, result, options](const Tensor& d_output) -> Gradients {
        auto [dq, dv] = attend_lsh_backward(q, v, order, result, d_output, options);
        return {dq, dv};
      });
}

}  // namespace

Variable attend_lsh(const Variable& queries, const Variable& values, const LshOrder& order,
                    const AttentionOptions& options) {
  if (queries.value().dtype() == DType::bf16)
    return cast(attend_lsh(cast(queries, DType::f32), cast(values, DType::f32), order, options),
                DType::bf16);
  check_attention(queries.value(), queries.value(), values.value(), options);
  return merge_heads(attend_heads(split_heads(queries, options.heads),
                                  split_heads(values, options.heads), order, options));
}

Tensor lsh_buckets_of(const Tensor& queries, const LshOptions& lsh, const AttentionOptions& options,
                      RandomKey key) {
  check_lsh(lsh);
  const Tensor wide = queries.dtype() == DType::bf16 ? cast(queries, DType::f32) : queries;
  const Tensor q = split_heads(wide, options.heads);  // [batch, head, length, d_head]
  const BucketFactors factors = bucket_factors(lsh, q.dim(2));
  return lsh_buckets(q, lsh_directions(q, factors, lsh.rounds, key), factors, options.mask);
}

LshOrder lsh_order_of(const Tensor& queries, const LshOptions& lsh, const AttentionOptions& options,
                      RandomKey key) {
  const Tensor buckets = decide_once([&] { return lsh_buckets_of(queries, lsh, options, key); });
  const std::int64_t bucket_count = bucket_factors(lsh, queries.dim(1)).count();
  return lsh_order(buckets, bucket_count, lsh, options.mask);
}

LshAttention::LshAttention(const LshOptions& options) : options_(options) { check_lsh(options); }

RandomKey LshAttention::key() const {
  if (!mode_.training) return {.seed = options_.seed, .site = mode_.key.site};
  RandomKey key = mode_.key;
  key.step_on_device = nullptr;  // directions are drawn on the host, which must not read there
  return key;
}

Variable LshAttention::operator()(const ProjectedTokens& tokens,
                                  const AttentionOptions& options) const {
  const Tensor& queries = tokens.queries.value();
  const std::int64_t batch = queries.dim(0), length = queries.dim(1);
  if (length >= exact_below(options_))
    return attend_lsh(tokens.queries, tokens.values,
                      lsh_order_of(queries, options_, options, key()), options);
  say_once_that_exact_is_used(length, options_);
  return attend_lsh(tokens.queries, tokens.values,
                    exact_order(batch, options.heads, length, options.mask, queries.device()),
                    options);
}

Tensor LshAttention::weights(const ProjectedTokens& tokens, const AttentionOptions& options) const {
  const Tensor& queries = tokens.queries.value();
  const std::int64_t batch = queries.dim(0), length = queries.dim(1);
  if (length >= exact_below(options_))
    return lsh_weights(queries, lsh_buckets_of(queries, options_, options, key()), options_,
                       options);
  // One bucket that holds everybody.
  const LshOptions everybody{.rule = CandidateRule::same_bucket, .window = length};
  return lsh_weights(queries, zeros({batch, options.heads, 1, length}, DType::i32), everybody,
                     options);
}

std::unique_ptr<KeyValueCache> LshAttention::start(int heads, std::int64_t length) const {
  const bool exact = length < exact_below(options_);
  if (!exact && !is_causal())
    return AttentionPattern::start(heads, length);  // which says why it cannot be had
  return std::make_unique<LshCache>(LshCache::Plan{heads, length, options_, key(), exact});
}

}  // namespace lectern
