#pragma once

#include "attention/ops/fused/attend_forward.h"
#include "attention/ops/lsh/attend_lsh_cpu.h"

namespace lectern {

/// What the tokens of a head have seen so far, from one round to the next: an OnlineSoftmax for
/// all.
template <class T>
struct LshSums {
  T *maximum, *sum;  ///< `[token]`
  T* output;         ///< `[token, d_head]`
};

/// Memory for a span of queries and the keys that it can meet.
template <class T>
struct LshForwardRoom {
  explicit LshForwardRoom(const LshHead<T>& head)
      : most_keys(most_met(head, span_of(head.reach))),
        keys(most_keys, head.d_head),
        values(most_keys, head.d_head),
        panels({packed_size<T>(head.d_head, most_keys)}, dtype_of<T>, cpu),
        places(most_keys, head.rounds),
        q(query_tile, head.d_head),
        output(query_tile, head.d_head) {}

  std::int64_t most_keys;
  CompactRows<T> keys, values;
  Tensor panels;  ///< the keys, transposed
  GatheredPlaces places;
  CompactRows<T> q, output;  ///< of one tile
};

/// A tile's share of what its tokens have seen so far, taken out and put back.
template <class T>
void take_sums(const LshSums<T>& sums, const std::int32_t* tokens, std::int32_t count,
               std::int64_t d_head, OnlineSoftmax<T>& state) {
  for (std::int32_t i = 0; i < count; ++i) {
    state.maximum[i] = sums.maximum[tokens[i]];
    state.sum[i] = sums.sum[tokens[i]];
    copy_row(sums.output + tokens[i] * d_head, d_head, rows_from(state.output, i).data);
  }
}
template <class T>
void put_sums(const OnlineSoftmax<T>& state, const std::int32_t* tokens, std::int32_t count,
              std::int64_t d_head, const LshSums<T>& sums) {
  for (std::int32_t i = 0; i < count; ++i) {
    sums.maximum[tokens[i]] = state.maximum[i];
    sums.sum[tokens[i]] = state.sum[i];
    copy_row(rows_from(state.output, i).data, d_head, sums.output + tokens[i] * d_head);
  }
}

/// One tile of queries of a round against the keys that it can meet, `gathered` positions of which
/// lie in the room.
template <class T>
void attend_lsh_tile(const LshHead<T>& head, std::int32_t round, Range queries, Range gathered,
                     Panels<T> keys_transposed, LshForwardRoom<T>& room, const LshSums<T>& sums) {
  const std::int32_t* tokens = head.tokens_of(round) + queries.begin;
  const std::int32_t count = queries.size();
  gather_rows_of<T>(head.q, tokens, count, head.d_head, nullptr, room.q);
  OnlineSoftmax<T> state;
  state.output = room.output.rows();
  take_sums(sums, tokens, count, head.d_head, state);

  const Range seen = head.reach.keys_of(queries, head.real);
  const PackedRun<T> source{gathered, keys_transposed, room.values.right_factor()};
  for (auto begin = source.panel_before(seen.begin); begin < seen.end; begin += key_tile<T>) {
    const std::int32_t keys = std::min(key_tile<T>, seen.end - begin);
    const std::int32_t first = begin - gathered.begin;
    ScoreTile<T> scores;
    multiply_rows(count, keys, head.d_head, room.q.left_factor(), source.keys_from(begin), scores);
    for (std::int32_t i = 0; i < count; ++i)
      hide_strangers(head, round, tokens[i], room.places, first, whole_registers<T>(keys),
                     scores.row(i));
    for (std::int32_t i = 0; i < count; ++i)
      absorb_row(state, i, scores.row(i), keys, T{1}, head.d_head);
    if (head.dropout.active())
      for (std::int32_t i = 0; i < count; ++i)
        drop_pairs(head.dropout, tokens[i], room.places.tokens() + first, keys, scores.row(i));
    multiply_block<T>({count, head.d_head, keys}, scores.left_factor(), source.values_from(begin),
                      {state.output.data, state.output.row_stride}, state.output);
  }
  put_sums(state, tokens, count, head.d_head, sums);
}

/// A span of a round: the keys that it can meet are gathered once for all its tiles.
template <class T>
void attend_lsh_span(const LshHead<T>& head, std::int32_t round, Range queries,
                     LshForwardRoom<T>& room, const LshSums<T>& sums) {
  const Range keys = head.reach.keys_of(queries, head.real);
  const std::int32_t* tokens = head.tokens_of(round) + keys.begin;
  gather_rows_of(head.q, tokens, keys.size(), head.d_head, head.key_factor, room.keys);
  gather_rows_of<T>(head.v, tokens, keys.size(), head.d_head, nullptr, room.values);
  const Rows<T> rows = room.keys.rows();
  const Panels<T> transposed = pack_transposed_panels<T>(
      head.d_head, keys.size(), {rows.data, rows.row_stride}, room.panels.template data<T>());
  room.places.gather(head, round, keys);
  for_each_tile(queries, head.reach.unit, query_tile, [&](Range tile) {
    attend_lsh_tile(head, round, tile, keys, transposed, room, sums);
  });
}

/// Divides by the sums. A token that met nobody looks at itself; padding gets zeros.
template <class T>
void finish_lsh_token(const LshHead<T>& head, std::int32_t token, const LshSums<T>& sums,
                      T& log_sum_exp) {
  T* output = sums.output + token * head.d_head;
  const T sum = sums.sum[token];
  if (sum == T{}) {  // a NaN must not end here
    log_sum_exp = std::numeric_limits<T>::infinity();
    const T weight = token < head.real ? own_weight(head, token) : T{};
    for (std::int64_t c = 0; weight != T{} && c < head.d_head; ++c)
      output[c] = weight * head.v[token * head.d_head + c];
    return;
  }
  const T factor = 1 / sum;
  for (std::int64_t c = 0; c < head.d_head; ++c) output[c] *= factor;
  log_sum_exp = sums.maximum[token] + std::log(sum);
}

}  // namespace lectern
