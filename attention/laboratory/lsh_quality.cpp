#include "attention/laboratory/lsh_quality.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "attention/ops/mask_scores.h"
#include "autograd/ops/matmul.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/permute.h"

namespace lectern {
namespace {

/// The scores of exact attention with shared queries and keys, −∞ where the mask hides and in the
/// own position. f64 `[batch, head, query, key]`, on the host.
Tensor exact_scores(const Tensor& q, const Mask& mask) {
  const NoGradient no_gradient;
  const Variable queries(q);
  Tensor scores =
      cast(mask_scores(matmul(queries, keys_of_queries(queries), {.transpose_b = true}), mask)
               .value(),
           DType::f64)
          .to(cpu);
  const std::int64_t length = scores.dim(3);
  for (std::int64_t row = 0; row < scores.size() / length; ++row)
    scores.data<double>()[row * length + row % length] = -std::numeric_limits<double>::infinity();
  return scores;
}

/// What one query contributes to recall and mass. False for one that sees nobody.
bool add_query(const double* scores, const double* met, std::int64_t length, std::int64_t top,
               LshHeadQuality& quality) {
  std::vector<std::int64_t> visible;
  for (std::int64_t j = 0; j < length; ++j)
    if (scores[j] > -std::numeric_limits<double>::infinity()) visible.push_back(j);
  if (visible.empty()) return false;
  std::sort(visible.begin(), visible.end(),
            [&](std::int64_t a, std::int64_t b) { return scores[a] > scores[b]; });
  const auto best = std::min<std::size_t>(visible.size(), static_cast<std::size_t>(top));
  double found = 0, total = 0, kept = 0, keys = 0;
  for (std::size_t i = 0; i < visible.size(); ++i) {
    const bool meets = met[visible[i]] > 0;
    const double weight = std::exp(scores[visible[i]] - scores[visible[0]]);
    found += meets && i < best;
    keys += meets;
    total += weight;
    kept += meets ? weight : 0;
  }
  quality.recall += found / static_cast<double>(best);
  quality.chance += keys / static_cast<double>(visible.size());
  quality.mass += kept / total;
  quality.keys_a_query += keys;
  return true;
}

void add_bucket(std::int64_t members, LshHeadQuality& quality) {
  auto& occupancy = quality.occupancy;
  const auto n = static_cast<std::size_t>(members);
  if (occupancy.size() <= n) occupancy.resize(n + 1);
  ++occupancy[n];
}

/// Occupancy, entropy and overflow of one head's buckets in the rounds of all sequences.
/// \param lengths  of the sequences, without padding
void measure_buckets(const Tensor& buckets, std::int64_t head, const LshOptions& lsh,
                     const std::vector<std::int32_t>& lengths, LshHeadQuality& quality) {
  const std::int64_t room = lsh.rule == CandidateRule::chunks ? lsh.chunk : lsh.window;
  const std::int64_t heads = buckets.dim(1), rounds = buckets.dim(2), length = buckets.dim(3);
  double tokens = 0, overflowing = 0, information = 0;
  for (std::int64_t b = 0; b < buckets.dim(0); ++b) {
    const std::int32_t real = lengths[static_cast<std::size_t>(b)];
    for (std::int64_t s = 0; s < rounds; ++s) {
      std::vector<std::int64_t> members(
          static_cast<std::size_t>(bucket_factors(lsh, real).count()));
      const std::int32_t* ids =
          buckets.data<std::int32_t>() + ((b * heads + head) * rounds + s) * length;
      for (std::int32_t t = 0; t < real; ++t) ++members[static_cast<std::size_t>(ids[t])];
      for (const std::int64_t n : members) {
        add_bucket(n, quality);
        const auto number = static_cast<double>(n);
        overflowing += n > room ? number : 0;
        information += n > 0 ? number * std::log2(real / number) : 0;
      }
      tokens += real;
    }
  }
  if (tokens == 0) return;
  quality.overflow = overflowing / tokens;
  quality.entropy = information / tokens;
}

/// Who is in which bucket, who meets whom, and what exact attention would make of it.
struct Hashed {
  std::vector<std::int32_t> lengths;  // of the sequences, without padding
  Tensor buckets;                     // i32 [batch, head, round, length]
  Tensor met;                         // f64 [batch, head, query, key]: see lsh_meetings
  Tensor scores;                      // f64 [batch, head, query, key]: see exact_scores
};

/// Hashes however short a sequence is.
Hashed hash(const Tensor& queries, LshOptions lsh, const AttentionOptions& options, RandomKey key) {
  lsh.exact_below = 0;
  const Tensor q = split_heads(queries, options.heads);  // [batch, head, length, d_head]
  const Tensor buckets = lsh_buckets_of(queries, lsh, options, key).to(cpu);
  return {tokens_of_each(options.mask, q.dim(0), q.dim(2)), buckets,
          lsh_meetings(buckets, lsh, options.mask), exact_scores(q, options.mask)};
}

/// The softmax of one row of scores. A token that sees nobody else looks at itself.
std::vector<float> exact_weights(const double* scores, std::int64_t query, std::int64_t length) {
  std::vector<float> weights(static_cast<std::size_t>(length));
  const double largest = *std::max_element(scores, scores + length);
  if (largest == -std::numeric_limits<double>::infinity()) {
    weights[static_cast<std::size_t>(query)] = 1;
    return weights;
  }
  double total = 0;
  for (std::int64_t j = 0; j < length; ++j) total += std::exp(scores[j] - largest);
  std::transform(scores, scores + length, weights.begin(), [&](double score) {
    return static_cast<float>(std::exp(score - largest) / total);
  });
  return weights;
}

}  // namespace

std::vector<LshHeadQuality> lsh_quality(const Tensor& queries, const LshOptions& lsh,
                                        const AttentionOptions& options, RandomKey key,
                                        std::int64_t top) {
  const auto [lengths, buckets, met, scores] = hash(queries, lsh, options, key);
  const std::int64_t batch = met.dim(0), head = met.dim(1), length = met.dim(2);

  std::vector<LshHeadQuality> heads(static_cast<std::size_t>(head));
  for (std::int64_t h = 0; h < head; ++h) {
    LshHeadQuality& quality = heads[static_cast<std::size_t>(h)];
    double queries_counted = 0;
    for (std::int64_t b = 0; b < batch; ++b)
      for (std::int64_t i = 0; i < length; ++i) {
        const std::int64_t row = ((b * head + h) * length + i) * length;
        const double* meetings = met.data<double>() + row;
        const bool real = std::any_of(meetings, meetings + length, [](double n) { return n > 0; });
        if (real && add_query(scores.data<double>() + row, meetings, length, top, quality))
          ++queries_counted;
      }
    for (double* sum : {&quality.recall, &quality.chance, &quality.mass, &quality.keys_a_query})
      *sum /= std::max(1.0, queries_counted);
    measure_buckets(buckets, h, lsh, lengths, quality);
  }
  return heads;
}

std::vector<LshHeadView> lsh_views(const Tensor& queries, const LshOptions& lsh,
                                   const AttentionOptions& options, RandomKey key) {
  check(queries.dim(0) == 1,
        [&] { return text("one sequence is drawn, not a batch of ", queries.dim(0)); });
  const Hashed hashed = hash(queries, lsh, options, key);
  const std::int64_t length = queries.dim(1);
  const std::int64_t real = hashed.lengths[0];
  std::vector<LshHeadView> views(static_cast<std::size_t>(options.heads));
  for (std::int64_t h = 0; h < options.heads; ++h) {
    LshHeadView& view = views[static_cast<std::size_t>(h)];
    const std::int32_t* ids = hashed.buckets.data<std::int32_t>() + h * lsh.rounds * length;
    view.buckets.assign(ids, ids + real);
    view.sorted.resize(view.buckets.size());
    std::iota(view.sorted.begin(), view.sorted.end(), 0);
    std::stable_sort(view.sorted.begin(), view.sorted.end(),
                     [&](std::int32_t a, std::int32_t b) { return ids[a] < ids[b]; });
    for (std::int64_t i = 0; i < real; ++i) {
      const std::int64_t row = (h * length + i) * length;
      const double* met = hashed.met.data<double>() + row;
      for (std::int64_t j = 0; j < real; ++j)
        view.meetings.push_back(static_cast<float>(met[j] / lsh.rounds));
      const auto weights = exact_weights(hashed.scores.data<double>() + row, i, length);
      view.weights.insert(view.weights.end(), weights.begin(), weights.begin() + real);
    }
  }
  return views;
}

CausalLeak causal_leak(const Tensor& queries, const Tensor& values, LshOptions lsh, int heads,
                       RandomKey key) {
  lsh.exact_below = 0;
  const AttentionOptions options{.heads = heads, .mask = causal_mask()};
  const std::int64_t batch = queries.dim(0), length = queries.dim(1), d_model = queries.dim(2);
  const auto outputs = [&](const Tensor& q, const Tensor& v) {
    const NoGradient no_gradient;
    const Tensor buckets = lsh_buckets_of(q, lsh, options, key);
    return cast(attend_lsh(Variable(q), Variable(v), buckets, lsh, options).value(), DType::f64)
        .to(cpu);
  };
  const auto turn_last = [&](const Tensor& tensor) {
    Tensor turned = cast(tensor, DType::f64).to(cpu).clone();
    for (std::int64_t b = 0; b < batch; ++b) {
      double* last = turned.data<double>() + (b * length + length - 1) * d_model;
      std::transform(last, last + d_model, last, std::negate<>{});
    }
    return cast(turned.to(tensor.device()), tensor.dtype());
  };
  const Tensor before = outputs(queries, values);
  const Tensor after = outputs(turn_last(queries), turn_last(values));

  const double rounding = queries.dtype() == DType::f64 ? 1e-12 : 1e-5;
  CausalLeak leak;
  for (std::int64_t token = 0; token < batch * length; ++token) {
    if (token % length == length - 1) continue;
    const double* x = before.data<double>() + token * d_model;
    const double* y = after.data<double>() + token * d_model;
    double change = 0, size = 0;
    for (std::int64_t c = 0; c < d_model; ++c)
      change += (x[c] - y[c]) * (x[c] - y[c]), size += x[c] * x[c];
    const double relative = change > 0 ? std::sqrt(change / size) : 0;
    ++leak.tokens;
    leak.changed += relative > rounding;
    leak.largest = std::max(leak.largest, relative);
  }
  return leak;
}

}  // namespace lectern
