#include "attention/lsh.h"

#include <iostream>
#include <mutex>

#include "attention/lsh_cache.h"
#include "attention/ops/lsh/attend_lsh.h"
#include "attention/ops/lsh/lsh_order.h"
#include "autograd/by_definition.h"
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

Variable attend_lsh(const Variable& queries, const Variable& values, const Tensor& buckets,
                    const LshOptions& lsh, const AttentionOptions& options) {
  if (queries.value().dtype() == DType::bf16)
    return cast(
        attend_lsh(cast(queries, DType::f32), cast(values, DType::f32), buckets, lsh, options),
        DType::bf16);
  check_attention(queries.value(), queries.value(), values.value(), options);
  if (runs_by_definition()) return attend_lsh_by_definition(queries, values, buckets, lsh, options);
  return merge_heads(attend_heads(split_heads(queries, options.heads),
                                  split_heads(values, options.heads),
                                  lsh_order(buckets, lsh, options.mask), options));
}

Tensor lsh_buckets_of(const Tensor& queries, const LshOptions& lsh, const AttentionOptions& options,
                      RandomKey key) {
  check_lsh(lsh);
  const Tensor wide = queries.dtype() == DType::bf16 ? cast(queries, DType::f32) : queries;
  const Tensor q = split_heads(wide, options.heads);  // [batch, head, length, d_head]
  if (q.dim(2) < exact_below(lsh))                    // nobody is hashed
    return zeros({q.dim(0), q.dim(1), 1, q.dim(2)}, DType::i32, q.device());
  return lsh_buckets(q, lsh_directions(q, lsh, key), lsh, options.mask);
}

std::vector<std::int64_t> bucket_mates(const Tensor& buckets, const BucketPlace& place) {
  check(buckets.rank() == 4, [&] {
    return text("buckets are ", buckets.shape(), ", expected [batch, head, round, length]");
  });
  const std::int64_t index[] = {place.batch, place.head, place.round, place.token};
  for (int axis = 0; axis < 4; ++axis)
    check(0 <= index[axis] && index[axis] < buckets.dim(axis), [&] {
      return text("bucket_mates: index ", index[axis], " of axis ", axis, " lies outside buckets ",
                  buckets.shape());
    });
  const std::int64_t length = buckets.dim(3);
  const std::int64_t row =
      (place.batch * buckets.dim(1) + place.head) * buckets.dim(2) + place.round;
  const std::vector<std::int32_t> ids =
      buckets.reshape({-1, length}).slice(row, row + 1).to_vector<std::int32_t>();
  std::vector<std::int64_t> mates;
  for (std::int64_t t = 0; t < length; ++t)
    if (t != place.token &&
        ids[static_cast<std::size_t>(t)] == ids[static_cast<std::size_t>(place.token)])
      mates.push_back(t);
  return mates;
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
  if (queries.dim(1) < exact_below(options_)) say_once_that_exact_is_used(queries.dim(1), options_);
  const Tensor buckets =
      decide_once([&] { return lsh_buckets_of(queries, options_, options, key()); });
  return attend_lsh(tokens.queries, tokens.values, buckets, options_, options);
}

Tensor LshAttention::weights(const ProjectedTokens& tokens, const AttentionOptions& options) const {
  const Tensor& queries = tokens.queries.value();
  return lsh_weights(queries, lsh_buckets_of(queries, options_, options, key()), options_, options);
}

std::unique_ptr<KeyValueCache> LshAttention::start(int heads, std::int64_t length) const {
  const bool exact = length < exact_below(options_);
  if (!exact && !is_causal())
    return AttentionPattern::start(heads, length);  // which says why it cannot be had
  return std::make_unique<LshCache>(LshCache::Plan{heads, length, options_, key(), exact});
}

}  // namespace lectern
