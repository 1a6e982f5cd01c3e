#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "attention/ops/factor_rows.h"

namespace lectern {

/// Keys and values of a head that lie together, packed for the micro-kernel. T is what it multiplies,
/// see tensor/microkernel/factors.h: numbers, or pairs of bf16 of heads in f32.
template <class T>
struct PackedRun {
  Range keys;
  Panels<T> keys_transposed;
  Panels<T> values;

  /// The last key up to `key` with which a panel begins.
  std::int32_t panel_before(std::int32_t key) const {
    return key - (key - keys.begin) % static_cast<std::int32_t>(panel_columns<T>);
  }
  Panels<T> keys_from(std::int32_t key) const {
    Panels<T> panels = keys_transposed;
    panels.data += (key - keys.begin) / panel_columns<T> * panels.panel_stride;
    return panels;
  }
  Panels<T> values_from(std::int32_t key) const {
    Panels<T> panels = values;
    panels.data += (key - keys.begin) / numbers_per_step<T> * panels.row_stride;
    return panels;
  }
};

/// Memory for attention of one head: packed keys and values, and a tile of queries and of outputs.
/// \param tile  queries of a tile, see queries_of_tile()
/// \param key   the most keys that a block of queries visits
template <class T>
struct ForwardRoom {
  ForwardRoom(std::int32_t tile, std::int64_t key, std::int64_t d_head)
      : tile(tile),
        // Two runs of keys may begin a panel each.
        keys(memory_for<T>(packed_size<T>(d_head, key) + d_head * panel_columns<T>)),
        values(memory_for<T>(packed_size<T>(key + 1, d_head))),  // runs may end with half a pair
        q(tile, d_head),
        output(tile, d_head) {}

  std::int32_t tile;
  Tensor keys, values;
  FactorRows<T> q;
  CompactRows<NumberOf<T>> output;
};

/// Packs the keys that a block of queries visits, run after run.
template <class T, std::size_t count>
std::array<PackedRun<T>, count> pack_keys_and_values(const Head<NumberOf<T>>& head,
                                                     const std::array<Range, count>& runs,
                                                     ForwardRoom<T>& room) {
  std::array<PackedRun<T>, count> packed;
  T *keys = steps_in<T>(room.keys), *values = steps_in<T>(room.values);
  for (std::size_t i = 0; i < count; ++i) {
    const Range run = runs[i];
    packed[i] = {
        run, pack_transposed_panels<T>(head.d_head, run.size(), rows_from(head.k, run.begin), keys),
        pack_panels<T>(run.size(), head.d_head, rows_from(head.v, run.begin), values)};
    keys += packed_size<T>(head.d_head, run.size());
    values += packed_size<T>(run.size(), head.d_head);
  }
  return packed;
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

/// One tile of keys: scores, weights, weighted values.
/// \param start  what the weighted values are added to; null at first
template <class T, MaskProgram Program>
void attend_tile(const Head<NumberOf<T>>& head, const Program& mask, Range queries, Range keys,
                 const PackedRun<T>& run, Rows<const NumberOf<T>> start, ForwardRoom<T>& room,
                 OnlineSoftmax<NumberOf<T>>& state) {
  ScoreTile<NumberOf<T>> scores;
  multiply_rows(queries.size(), keys.size(), head.d_head, room.q.left_factor(),
                run.keys_from(keys.begin), scores);
  add_bias(mask, queries, keys, head.scale, scores);
  hide(mask, queries, keys, scores);
  hide_padding(queries.size(), keys.size(), scores);
  for (std::int32_t i = 0; i < queries.size(); ++i)
    absorb_row(state, i, scores.row(i), keys.size(), head.scale, head.d_head);
  drop_weights(head.dropout, queries, keys, scores);
  multiply_block<T>({queries.size(), head.d_head, steps_of<T>(keys.size())},
                    sum_over_keys<T>(scores, queries.size(), keys.size()),
                    run.values_from(keys.begin), start, state.output);
}

/// Attention of one tile of queries, over all keys that they see.
/// \param runs  the keys that its block sees: in each run, some of them
template <class T, std::size_t count, MaskProgram Program>
void attend_queries(const Head<NumberOf<T>>& head, const Program& mask, Range queries,
                    const std::array<PackedRun<T>, count>& runs, ForwardRoom<T>& room,
                    Rows<NumberOf<T>> output, NumberOf<T>* log_sum_exp) {
  using Number = NumberOf<T>;
  OnlineSoftmax<Number> state;
  state.output = room.output.rows();
  std::fill_n(state.maximum, queries.size(), -std::numeric_limits<Number>::infinity());
  std::fill_n(state.sum, queries.size(), Number{});
  Rows<const Number> start{nullptr,
                           0};  // the first product overwrites the output, others add to it
  room.q.copy_from(rows_from(head.q, queries.begin), queries.size());

  const std::array<Range, count> seen = mask.keys_of(queries).runs();
  for (std::size_t r = 0; r < count; ++r) {
    if (seen[r].size() == 0) continue;
    std::int32_t begin = runs[r].panel_before(seen[r].begin);
    for (; begin < seen[r].end; begin += key_tile<Number>) {
      const Range keys{begin, std::min(begin + key_tile<Number>, seen[r].end)};
      attend_tile(head, mask, queries, keys, runs[r], start, room, state);
      start = {state.output.data, state.output.row_stride};
    }
  }
  for (std::int32_t i = 0; i < queries.size(); ++i)
    finish_row(state, i, head.d_head, rows_from(output, queries.begin + i).data,
               log_sum_exp[queries.begin + i]);
}

/// Attention of a block of queries of one head.
/// \param output       `[query, d_head]`, all queries of the head
/// \param log_sum_exp  `[query]`
template <class T, MaskProgram Program>
void attend_block(const Head<NumberOf<T>>& head, const Program& mask, Range queries,
                  ForwardRoom<T>& room, Rows<NumberOf<T>> output, NumberOf<T>* log_sum_exp) {
  const auto runs = pack_keys_and_values<T>(head, mask.keys_of(queries).runs(), room);
  for (std::int32_t begin = queries.begin; begin < queries.end; begin += room.tile)
    attend_queries(head, mask, {begin, std::min(begin + room.tile, queries.end)}, runs, room,
                   output, log_sum_exp);
}

}  // namespace lectern
