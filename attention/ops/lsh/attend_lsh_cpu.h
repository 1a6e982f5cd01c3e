#pragma once

#include <cmath>
#include <vector>

#include "attention/ops/attention_tiles.h"
#include "attention/ops/lsh/attend_lsh_kernels.h"

namespace lectern {

// What the forward and the backward kernel of LSH attention share on the CPU: one head, and tokens
// gathered from all over it so that tiles of scores are as dense as in exact attention.

/// One head of one sequence. Rows are d_head numbers, one after another.
template <class T>
struct LshHead {
  const T *q, *v;
  const T* key_factor;         ///< `[token]`: k = factor · q has length one
  const std::int32_t* tokens;  ///< `[round, position]`
  const std::int32_t* places;  ///< `[round, token]`
  std::int32_t length, real;   ///< tokens, and those that are not padding
  std::int32_t rounds;         ///< 1 where every pair meets
  std::int64_t d_head;
  LshReach reach;
  WeightDropout dropout;

  const std::int32_t* tokens_of(std::int32_t round) const {
    return tokens + std::int64_t{round} * length;
  }
};

/// The factors that make keys of a head's queries.
template <class T>
void find_key_factors(const T* q, std::int64_t length, std::int64_t d_head, T* factors) {
  const T least = static_cast<T>(key_epsilon) * static_cast<T>(d_head);
  for (std::int64_t t = 0; t < length; ++t)
    factors[t] = 1 / std::sqrt(dot(q + t * d_head, q + t * d_head, d_head) + least);
}

template <class T>
LshHead<T> lsh_head_of(const LshInputs& in, std::int64_t group, const T* key_factors) {
  const std::int64_t length = in.length(), rows = group * length * in.d_head();
  const std::int64_t entries = group * in.rounds() * length;
  const Tensor& lengths = in.order.lengths;
  const auto all = static_cast<std::int32_t>(length);
  const std::int32_t real =
      lengths.defined() ? lengths.data<std::int32_t>()[group / in.heads()] : all;
  return {in.q.data<T>() + rows,
          in.v.data<T>() + rows,
          key_factors,
          in.order.tokens.data<std::int32_t>() + entries,
          in.order.places.data<std::int32_t>() + entries,
          all,
          real,
          in.order.reach.rounds(real, static_cast<std::int32_t>(in.rounds())),
          in.d_head(),
          in.order.reach.of(real),
          in.dropout(group)};
}

/// How many sorted positions are gathered at a time: some 480, whole units.
inline std::int32_t span_of(const LshReach& reach) {
  return std::max(1, 10 * query_tile / reach.unit) * reach.unit;
}

/// The most positions that a span, and what is around it, can meet.
template <class T>
std::int64_t most_met(const LshHead<T>& head, std::int32_t span) {
  const LshReach& reach = head.reach;
  return std::min(std::int64_t{head.length},
                  std::int64_t{reach.back + reach.ahead} * reach.unit + span);
}

/// Cuts `positions` into tiles of at most `largest`, of nearly equal size, that never leave a unit:
/// calls `action(tile)`.
template <class Action>
void for_each_tile(Range positions, std::int32_t unit, std::int32_t largest, const Action& action) {
  if (unit < 16) unit = largest;  // small units share a tile
  for (std::int32_t begin = positions.begin; begin < positions.end;) {
    const std::int32_t end = std::min((begin / unit + 1) * unit, positions.end);
    const std::int32_t pieces = (end - begin + largest - 1) / largest;
    const std::int32_t size = (end - begin + pieces - 1) / pieces;
    action(Range{begin, std::min(begin + size, end)});
    begin = std::min(begin + size, end);
  }
}

/// Copies rows `tokens[0] …` of `source`, each times a factor when there are factors.
template <class T>
void gather_rows_of(const T* source, const std::int32_t* tokens, std::int64_t count,
                    std::int64_t d_head, const T* factors, CompactRows<T>& target) {
  for (std::int64_t i = 0; i < count; ++i) {
    if (i + 8 < count) {
      const T* later = source + tokens[i + 8] * d_head;
      for (std::int64_t c = 0; c < d_head; c += 64 / static_cast<std::int64_t>(sizeof(T)))
        __builtin_prefetch(later + c);
    }
    const T* from = source + tokens[i] * d_head;
    T* to = target.row(i);
    if (factors == nullptr) {
      copy_row(from, d_head, to);
    } else {
      const T factor = factors[tokens[i]];
      for (std::int64_t c = 0; c < d_head; ++c) to[c] = from[c] * factor;
    }
  }
}

/// Places of gathered tokens in all rounds up to one: `[round, index]`. Rows are padded with tokens
/// that nobody meets.
class GatheredPlaces {
 public:
  GatheredPlaces(std::int64_t capacity, std::int32_t rounds)
      : stride_(padded(capacity)),
        tokens_(static_cast<std::size_t>(stride_)),
        places_(static_cast<std::size_t>(stride_ * rounds)) {}

  template <class T>
  void gather(const LshHead<T>& head, std::int32_t round, Range positions) {
    constexpr std::int32_t nowhere = std::numeric_limits<std::int32_t>::min() / 2;
    const std::int32_t* tokens = head.tokens_of(round) + positions.begin;
    const std::int32_t count = positions.size();
    const auto width = static_cast<std::int32_t>(padded(count));
    std::copy_n(tokens, count, tokens_.begin());
    std::fill(tokens_.begin() + count, tokens_.begin() + width, head.length);
    for (std::int32_t s = 0; s <= round; ++s) {
      const std::int32_t* places = head.places + std::int64_t{s} * head.length;
      std::int32_t* row = places_.data() + s * stride_;
      for (std::int32_t j = 0; j < count; ++j) row[j] = places[tokens[j]];
      std::fill(row + count, row + width, nowhere);
    }
  }

  const std::int32_t* tokens() const { return tokens_.data(); }
  const std::int32_t* places(std::int32_t round) const { return places_.data() + round * stride_; }

 private:
  /// Room for whole registers from any index on.
  static std::int64_t padded(std::int64_t count) { return count + Vector<float>::lanes; }

  std::int64_t stride_;
  std::vector<std::int32_t> tokens_, places_;
};

/// Scores of pairs that do not meet in this round, or met before, become −∞.
/// \param first  index of the tile's first key among the gathered ones
template <class T>
void hide_strangers(const LshHead<T>& head, std::int32_t round, std::int32_t query,
                    const GatheredPlaces& keys, std::int32_t first, std::int64_t count, T* scores) {
  alignas(64) std::int32_t hidden[key_tile<T>];
  const std::int32_t* times = keys.tokens() + first;
  if (head.reach.causal())
    for (std::int64_t j = 0; j < count; ++j) hidden[j] = times[j] >= query;
  else
    for (std::int64_t j = 0; j < count; ++j) hidden[j] = times[j] == query;
  const LshReach reach = head.reach;
  for (std::int32_t s = reach.once ? 0 : round; s <= round; ++s) {
    const std::int32_t own = head.places[std::int64_t{s} * head.length + query];
    const std::int32_t* places = keys.places(s) + first;
    const std::int32_t hides = s < round;  // meeting before hides; not meeting now hides
    for (std::int64_t j = 0; j < count; ++j) hidden[j] |= reach.meets(own, places[j]) == hides;
  }
  for (std::int64_t j = 0; j < count; ++j)
    scores[j] = hidden[j] ? -std::numeric_limits<T>::infinity() : scores[j];
}

/// Multiplies each number by what dropout makes of the weight of its pair: 0 or 1/(1−p).
template <class T>
void drop_pairs(const WeightDropout& dropout, std::int32_t query, const std::int32_t* keys,
                std::int64_t count, T* numbers) {
  const auto factor = static_cast<T>(dropout.keep_factor);
  for (std::int64_t j = 0; j < count; ++j) {
    const bool kept = dropout.key.word(dropout.element(query, keys[j])) >= dropout.threshold;
    numbers[j] = kept ? numbers[j] * factor : T{};
  }
}

/// What a token that met nobody gives its own value: 1, unless dropout has its way.
template <class T>
T own_weight(const LshHead<T>& head, std::int32_t token) {
  T weight{1};
  if (head.dropout.active()) drop_pairs(head.dropout, token, &token, 1, &weight);
  return weight;
}

}  // namespace lectern
