#include "attention/lsh_cache.h"

#include <algorithm>

#include "attention/ops/fused/attend_fused.h"
#include "attention/scaled_dot_product.h"
#include "autograd/by_definition.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/concatenate.h"
#include "tensor/ops/gather.h"
#include "tensor/ops/permute.h"

namespace lectern {
namespace {

/// Rows of `count` numbers each, in another order.
std::vector<std::int32_t> reordered(const std::vector<std::int32_t>& numbers, std::int64_t count,
                                    const std::vector<std::int32_t>& order) {
  std::vector<std::int32_t> result;
  for (const std::int32_t row : order)
    result.insert(result.end(), numbers.begin() + row * count, numbers.begin() + (row + 1) * count);
  return result;
}

}  // namespace

LshCache::LshCache(const Plan& plan)
    : plan_(plan),
      rounds_(plan.exact ? 1 : plan.lsh.rounds),
      buckets_(plan.exact ? 1 : bucket_factors(plan.lsh, plan.length).count()),
      window_(plan.exact ? std::max<std::int64_t>(1, plan.length) : plan.lsh.window) {
  if (plan.exact) return;
  plan_.lsh.buckets = buckets_;  // the tokens of a call are not the whole sequence
  plan_.lsh.exact_below = 0;
}

void LshCache::reorder(const Tensor& order) {
  if (rows_ == 0) return;
  const std::vector<std::int32_t> rows = order.to_vector<std::int32_t>();
  const std::int64_t rings = plan_.heads * rounds_ * buckets_;
  rings_ = reordered(rings_, rings * window_, rows);
  members_ = reordered(members_, rings, rows);
  rows_ = static_cast<std::int64_t>(rows.size());
}

Tensor LshCache::attend(const ProjectedTokens& tokens, const NewestTokens& newest) {
  const Tensor &queries = tokens.queries.value(), &values = tokens.values.value();
  check(tokens.keys.is_same(tokens.queries), "LSH attention shares queries and keys");
  if (queries.dtype() != DType::bf16) return attend(queries, values, newest);
  return cast(attend(cast(queries, DType::f32), cast(values, DType::f32), newest), DType::bf16);
}

Tensor LshCache::attend(const Tensor& queries, const Tensor& values, const NewestTokens& newest) {
  const NoGradient no_gradient;
  const std::int64_t rows = queries.dim(0), n = queries.dim(1);
  check(newest.before + n <= plan_.length, [&] {
    return text("this cache was started for ", plan_.length, " tokens and is to read ",
                newest.before + n);
  });
  if (rows_ == 0) {
    rows_ = rows;
    const std::int64_t rings = rows * plan_.heads * rounds_ * buckets_;
    rings_.resize(static_cast<std::size_t>(rings * window_));
    members_.resize(static_cast<std::size_t>(rings));
  }
  const std::vector<std::int32_t> buckets = buckets_of(queries);
  const Shape by_head{rows, n, plan_.heads, queries.dim(2) / plan_.heads};
  keys_.append(keys_of_queries(Variable(queries.reshape(by_head))).value());
  values_.append(values.reshape(by_head));

  Tensor output;
  if (read_ == 0 && n > 1) {
    output = attend_prompt(queries, values, buckets);
  } else {
    constexpr std::int64_t together = 16;  // the keys and values that they meet are copied
    std::vector<Tensor> outputs;
    for (std::int64_t first = 0; first < n; first += together)
      outputs.push_back(
          attend_some(slice(queries, 1, first, std::min(first + together, n)), buckets, first));
    output = concatenate(outputs, 1);
  }
  read_ += rows * n;
  return output;
}

Tensor LshCache::attend_prompt(const Tensor& queries, const Tensor& values, const Tokens& buckets) {
  const std::int64_t n = queries.dim(1);
  for (std::int64_t group = 0; group < rows_ * plan_.heads; ++group)
    for (std::int64_t i = 0; i < n; ++i)
      remember(group, buckets_of_token(buckets, group, i),
               static_cast<std::int32_t>(group / plan_.heads * n + i));
  const Tensor ids = tensor_of<std::int32_t>({rows_, plan_.heads, rounds_, n}, buckets);
  return attend_lsh(Variable(queries), Variable(values), ids.to(queries.device()), plan_.lsh,
                    {.heads = plan_.heads, .mask = causal_mask()})
      .value();
}

LshCache::Tokens LshCache::buckets_of_token(const Tokens& buckets, std::int64_t group,
                                            std::int64_t i) const {
  const std::int64_t n =
      static_cast<std::int64_t>(buckets.size()) / (rows_ * plan_.heads * rounds_);
  Tokens own;
  for (std::int64_t round = 0; round < rounds_; ++round)
    own.push_back(buckets[static_cast<std::size_t>((group * rounds_ + round) * n + i)]);
  return own;
}

Tensor LshCache::attend_some(const Tensor& queries, const Tokens& buckets, std::int64_t first) {
  const std::int64_t n = queries.dim(1), d_head = queries.dim(2) / plan_.heads;
  const std::int64_t all =
      static_cast<std::int64_t>(buckets.size()) / (rows_ * plan_.heads * rounds_);
  std::vector<Tokens> met;  // [row, n, head]
  std::size_t most = 0;
  for (std::int64_t row = 0; row < rows_; ++row)
    for (std::int64_t i = first; i < first + n; ++i)
      for (std::int64_t head = 0; head < plan_.heads; ++head) {
        const std::int64_t group = row * plan_.heads + head;
        const Tokens own = buckets_of_token(buckets, group, i);
        const auto token = static_cast<std::int32_t>(read_ + row * all + i);
        met.push_back(candidates(group, own, token));
        for (std::int32_t& number : met.back())  // its row in the tables
          number = static_cast<std::int32_t>(std::int64_t{number} * plan_.heads + head);
        most = std::max(most, met.back().size());
        remember(group, own, token);
      }

  // Lists of one length, the rest hidden: what the exact kernel takes, with one head a sequence.
  std::vector<std::int32_t> places, lengths;
  for (Tokens& list : met) {
    lengths.push_back(static_cast<std::int32_t>(list.size()));
    list.resize(most, list.front());
    places.insert(places.end(), list.begin(), list.end());
  }
  const auto lists = static_cast<std::int64_t>(met.size());
  const Device device = queries.device();
  const Tensor ids =
      tensor_of<std::int32_t>({lists, static_cast<std::int64_t>(most)}, places).to(device);
  const AttentionOptions options{
      .mask = padding_mask(tensor_of<std::int32_t>({lists}, lengths).to(device)), .scale = 1};
  const Tensor one = queries.reshape({lists, 1, d_head});
  const Tensor keys = gather_rows(keys_.all(), ids), values = gather_rows(values_.all(), ids);
  const Tensor seen =
      runs_by_definition()
          ? attend_by_definition(Variable(one), Variable(keys), Variable(values), options).value()
          : attend_fused(one, keys, values, options).output;
  return seen.reshape(queries.shape());
}

LshCache::Tokens LshCache::buckets_of(const Tensor& queries) {
  if (plan_.exact) return Tokens(static_cast<std::size_t>(rows_ * plan_.heads * queries.dim(1)));
  const Tensor q = split_heads(queries, plan_.heads);  // [row, head, n, d_head]
  if (!directions_.defined()) directions_ = lsh_directions(q, plan_.lsh, plan_.key);
  return lsh_buckets(q, directions_, plan_.lsh, no_mask()).to_vector<std::int32_t>();
}

LshCache::Tokens LshCache::candidates(std::int64_t group, const Tokens& buckets,
                                      std::int32_t own) const {
  Tokens tokens;
  for (std::int64_t round = 0; round < rounds_; ++round) {
    const std::int64_t ring = (group * rounds_ + round) * buckets_ + buckets[round];
    const auto first = rings_.begin() + ring * window_;
    const std::int64_t members = members_[static_cast<std::size_t>(ring)];
    tokens.insert(tokens.end(), first, first + std::min(members, window_));
  }
  std::sort(tokens.begin(), tokens.end());
  tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
  if (tokens.empty()) tokens.push_back(own);
  return tokens;
}

void LshCache::remember(std::int64_t group, const Tokens& buckets, std::int32_t token) {
  for (std::int64_t round = 0; round < rounds_; ++round) {
    const std::int64_t ring = (group * rounds_ + round) * buckets_ + buckets[round];
    std::int32_t& members = members_[static_cast<std::size_t>(ring)];
    rings_[static_cast<std::size_t>(ring * window_ + members % window_)] = token;
    ++members;
  }
}

}  // namespace lectern
