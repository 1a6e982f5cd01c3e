#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "attention/ops/attention_tiles.h"

namespace lectern {

/// Keys and values of a head, packed for the micro-kernel.
template <class T>
struct KeysAndValues {
  Range keys;
  Panels<T> keys_transposed;
  Panels<T> values;

  Panels<T> keys_from(std::int32_t key) const {
    Panels<T> panels = keys_transposed;
    panels.data += (key - keys.begin) / panel_columns<T> * panels.panel_stride;
    return panels;
  }
  Panels<T> values_from(std::int32_t key) const {
    Panels<T> panels = values;
    panels.data += (key - keys.begin) * panels.row_stride;
    return panels;
  }
};

/// Memory for attention of one head: packed keys and values, and a tile of queries and of outputs.
template <class T>
struct ForwardRoom {
  ForwardRoom(std::int64_t query, std::int64_t key, std::int64_t d_head)
      : keys({packed_size<T>(d_head, key)}, dtype_of<T>, cpu),
        values({packed_size<T>(key, d_head)}, dtype_of<T>, cpu),
        q(std::min<std::int64_t>(query, query_tile), d_head),
        output(std::min<std::int64_t>(query, query_tile), d_head) {}

  Tensor keys, values;
  CompactRows<T> q, output;
};

template <class T>
KeysAndValues<T> pack_keys_and_values(const Head<T>& head, Range keys, ForwardRoom<T>& room) {
  return {keys,
          pack_transposed_panels<T>(head.d_head, keys.size(), rows_from(head.k, keys.begin),
                                    room.keys.template data<T>()),
          pack_panels<T>(keys.size(), head.d_head, rows_from(head.v, keys.begin),
                         room.values.template data<T>())};
}

/// For each query of a tile, over the keys visited so far: the largest score m, the sum of
/// e^(score − m), and in `output` the sum of e^(score − m) times the values.
template <class T>
struct OnlineSoftmax {
  T maximum[query_tile];
  T sum[query_tile];
  Rows<T> output;
};

/// Turns row i of scores into weights relative to the new maximum, and rescales the sums when the
/// maximum has grown.
template <class T>
void absorb_row(OnlineSoftmax<T>& state, std::int64_t i, T* row, std::int64_t count, T scale,
                std::int64_t d_head) {
  const T old_maximum = state.maximum[i];
  const T new_maximum = std::max(old_maximum, largest_score(row, count) * scale);
  const T total = weigh(row, count, scale, new_maximum);
  if (new_maximum != old_maximum && old_maximum != -std::numeric_limits<T>::infinity()) {
    const T shrink = std::exp(old_maximum - new_maximum);
    state.sum[i] *= shrink;
    T* output = state.output.data + i * state.output.row_stride;
    for (std::int64_t c = 0; c < d_head; ++c) output[c] *= shrink;
  }
  state.maximum[i] = new_maximum;
  state.sum[i] += total;
}

/// Divides by the sums and writes log Σ e^score. A query that saw nothing gets zeros and infinity,
/// from which the backward pass makes probabilities of zero: e^(−∞ − ∞).
template <class T>
void finish_row(const OnlineSoftmax<T>& state, std::int64_t i, std::int64_t d_head, T* output,
                T& log_sum_exp) {
  if (state.sum[i] == T{}) {  // a NaN must not end here
    std::fill_n(output, d_head, T{});
    log_sum_exp = std::numeric_limits<T>::infinity();
    return;
  }
  const T factor = 1 / state.sum[i];
  const T* weighted = rows_from(state.output, i).data;
  for (std::int64_t c = 0; c < d_head; ++c) output[c] = weighted[c] * factor;
  log_sum_exp = state.maximum[i] + std::log(state.sum[i]);
}

/// Attention of one tile of queries: for each tile of keys, scores, weights, weighted values.
template <class T, MaskProgram Program>
void attend_tile(const Head<T>& head, const Program& mask, Range queries,
                 const KeysAndValues<T>& source, ForwardRoom<T>& room, Rows<T> output,
                 T* log_sum_exp) {
  OnlineSoftmax<T> state;
  state.output = room.output.rows();
  std::fill_n(state.maximum, queries.size(), -std::numeric_limits<T>::infinity());
  std::fill_n(state.sum, queries.size(), T{});
  Rows<const T> start{nullptr, 0};  // the first product overwrites the output, others add to it
  room.q.copy_from(rows_from(head.q, queries.begin), queries.size());

  const Range seen = mask.keys_of(queries);
  const std::int32_t first = seen.begin - (seen.begin - source.keys.begin) % key_tile<T>;
  for (std::int32_t begin = first; begin < seen.end; begin += key_tile<T>) {
    const Range keys{begin, std::min(begin + key_tile<T>, seen.end)};
    ScoreTile<T> scores;
    multiply_rows(queries.size(), keys.size(), head.d_head, room.q.left_factor(),
                  source.keys_from(begin), scores);
    hide(mask, queries, keys, scores);
    hide_padding(queries.size(), keys.size(), scores);
    for (std::int32_t i = 0; i < queries.size(); ++i)
      absorb_row(state, i, scores.row(i), keys.size(), head.scale, head.d_head);
    drop_weights(head.dropout, queries, keys, scores);
    multiply_block<T>({queries.size(), head.d_head, keys.size()}, scores.left_factor(),
                      source.values_from(begin), start, state.output);
    start = {state.output.data, state.output.row_stride};
  }
  for (std::int32_t i = 0; i < queries.size(); ++i)
    finish_row(state, i, head.d_head, rows_from(output, queries.begin + i).data,
               log_sum_exp[queries.begin + i]);
}

/// Attention of a block of queries of one head.
/// \param output       `[query, d_head]`, all queries of the head
/// \param log_sum_exp  `[query]`
template <class T, MaskProgram Program>
void attend_block(const Head<T>& head, const Program& mask, Range queries, ForwardRoom<T>& room,
                  Rows<T> output, T* log_sum_exp) {
  const KeysAndValues<T> source = pack_keys_and_values(head, mask.keys_of(queries), room);
  for (std::int32_t begin = queries.begin; begin < queries.end; begin += query_tile)
    attend_tile(head, mask, {begin, std::min(begin + query_tile, queries.end)}, source, room,
                output, log_sum_exp);
}

}  // namespace lectern
