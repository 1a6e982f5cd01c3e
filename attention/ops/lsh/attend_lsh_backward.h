#pragma once

#include "attention/ops/fused/attend_backward.h"
#include "attention/ops/lsh/attend_lsh_cpu.h"

namespace lectern {

/// What the backward kernel reads and adds to of one head beside its inputs, all by token.
template <class T>
struct LshHeadGradients {
  const T* log_sum_exp;
  const T* weighted_loss;  ///< the output times the derivative by it
  const T* d_output;       ///< `[token, d_head]`, as the three below
  T *dq, *dk, *dv;
};

/// Memory for a span of keys and the queries that can meet it.
template <class T>
struct LshBackwardRoom {
  explicit LshBackwardRoom(const LshHead<T>& head)
      : most_keys(std::min(span_of(head.reach), head.length)),
        most_queries(most_met(head, span_of(head.reach))),
        k(most_keys, head.d_head),
        v(most_keys, head.d_head),
        dk(most_keys, head.d_head),
        dv(most_keys, head.d_head),
        places(most_keys, head.rounds),
        q(most_queries, head.d_head),
        d_output(most_queries, head.d_head),
        dq(most_queries, head.d_head),
        keys_transposed({packed_size<T>(head.d_head, key_tile<T>)}, dtype_of<T>, cpu),
        values_transposed(empty_like(keys_transposed)) {}

  std::int64_t most_keys, most_queries;
  CompactRows<T> k, v, dk, dv;
  GatheredPlaces places;
  CompactRows<T> q, d_output, dq;
  Tensor keys_transposed, values_transposed;  ///< of one tile
};

/// Gathered rows of a span, and where in them a tile of it lies.
struct TileOfSpan {
  Range span, tile;
  std::int32_t offset() const { return tile.begin - span.begin; }
};

/// Turns scores into probabilities (after dropout) and `d_weights` into the derivatives by scores.
template <class T>
void differentiate_lsh_tile(const LshHead<T>& head, const LshHeadGradients<T>& gradients,
                            std::int32_t round, Range queries, const TileOfSpan& keys,
                            const GatheredPlaces& places, ScoreTile<T>& scores,
                            ScoreTile<T>& d_weights) {
  const std::int32_t* tokens = head.tokens_of(round) + queries.begin;
  const std::int32_t count = keys.tile.size(), first = keys.offset();
  for (std::int32_t i = 0; i < queries.size(); ++i) {
    const std::int32_t query = tokens[i];
    hide_strangers(head, round, query, places, first, whole_registers<T>(count), scores.row(i));
    if (head.dropout.active())
      drop_pairs(head.dropout, query, places.tokens() + first, count, d_weights.row(i));
    differentiate_row(scores.row(i), d_weights.row(i), count, T{1}, gradients.log_sum_exp[query],
                      gradients.weighted_loss[query]);
    if (head.dropout.active())
      drop_pairs(head.dropout, query, places.tokens() + first, count, scores.row(i));
  }
}

/// Adds what one tile, queries × keys, contributes to the gradients of its span.
template <class T>
void backward_lsh_tile(const LshHead<T>& head, const LshHeadGradients<T>& gradients,
                       std::int32_t round, const TileOfSpan& queries, const TileOfSpan& keys,
                       const KeyTile<T>& tile, LshBackwardRoom<T>& room) {
  const std::int64_t d_head = head.d_head, query = queries.tile.size(), key = keys.tile.size();
  const auto left = [](CompactRows<T>& rows, std::int32_t first) {
    return rows.left_factor().below(first);
  };
  const auto right = [](CompactRows<T>& rows, std::int32_t first) {
    return Panels<T>{rows.row(first), rows.left_factor().row_stride};
  };
  ScoreTile<T> scores, d_weights;
  multiply_rows(query, key, d_head, left(room.q, queries.offset()), tile.keys_transposed, scores);
  multiply_rows(query, key, d_head, left(room.d_output, queries.offset()), tile.values_transposed,
                d_weights);
  differentiate_lsh_tile(head, gradients, round, queries.tile, keys, room.places, scores,
                         d_weights);
  const auto add = [](ProductExtents extents, Strided<T> a, Panels<T> b, Rows<T> c) {
    multiply_block<T>(extents, a, b, {c.data, c.row_stride}, c);
  };
  add({key, d_head, query}, scores.transposed_left_factor(), right(room.d_output, queries.offset()),
      rows_from(room.dv.rows(), keys.offset()));
  add({key, d_head, query}, d_weights.transposed_left_factor(), right(room.q, queries.offset()),
      rows_from(room.dk.rows(), keys.offset()));
  add({query, d_head, key}, d_weights.left_factor(), right(room.k, keys.offset()),
      rows_from(room.dq.rows(), queries.offset()));
}

/// Adds gathered rows to the rows of their tokens.
template <class T>
void scatter_rows(CompactRows<T>& rows, const std::int32_t* tokens, std::int64_t count,
                  std::int64_t d_head, T* target) {
  for (std::int64_t i = 0; i < count; ++i) {
    const T* from = rows.row(i);
    T* to = target + tokens[i] * d_head;
    for (std::int64_t c = 0; c < d_head; ++c) to[c] += from[c];
  }
}

/// A span of keys of a round against all queries that can meet it.
template <class T>
void backward_lsh_span(const LshHead<T>& head, const LshHeadGradients<T>& gradients,
                       std::int32_t round, Range span, LshBackwardRoom<T>& room) {
  const Range met = head.reach.queries_of(span, head.real);
  const std::int32_t* keys = head.tokens_of(round) + span.begin;
  const std::int32_t* queries = head.tokens_of(round) + met.begin;
  gather_rows_of(head.q, keys, span.size(), head.d_head, head.key_factor, room.k);
  gather_rows_of<T>(head.v, keys, span.size(), head.d_head, nullptr, room.v);
  gather_rows_of<T>(head.q, queries, met.size(), head.d_head, nullptr, room.q);
  gather_rows_of<T>(gradients.d_output, queries, met.size(), head.d_head, nullptr, room.d_output);
  room.places.gather(head, round, span);
  room.dk.fill_zero(span.size()), room.dv.fill_zero(span.size()), room.dq.fill_zero(met.size());

  for_each_tile(span, head.reach.unit, key_tile<T>, [&](Range tile) {
    const TileOfSpan key_rows{span, tile};
    const auto transpose = [&](CompactRows<T>& rows, Tensor& panels) {
      const Rows<T> from = rows_from(rows.rows(), key_rows.offset());
      return pack_transposed_panels<T>(head.d_head, tile.size(), {from.data, from.row_stride},
                                       panels.template data<T>());
    };
    const KeyTile<T> packed{tile, transpose(room.k, room.keys_transposed),
                            transpose(room.v, room.values_transposed)};
    for_each_tile(head.reach.queries_of(tile, head.real), head.reach.unit, query_tile,
                  [&](Range some) {
                    backward_lsh_tile(head, gradients, round, {met, some}, key_rows, packed, room);
                  });
  });
  scatter_rows(room.dk, keys, span.size(), head.d_head, gradients.dk);
  scatter_rows(room.dv, keys, span.size(), head.d_head, gradients.dv);
  scatter_rows(room.dq, queries, met.size(), head.d_head, gradients.dq);
}

/// What is not a pair: a token that looked at itself hands its derivative to its own value, and
/// what a key received goes on to the query whose direction it is.
template <class T>
void finish_lsh_gradients(const LshHead<T>& head, const LshHeadGradients<T>& gradients) {
  for (std::int32_t t = 0; t < head.real; ++t) {
    const std::int64_t row = t * head.d_head;
    const T *q = head.q + row, *dk = gradients.dk + row;
    const T factor = head.key_factor[t];
    const T along = factor * factor * dot(q, dk, head.d_head);  // k · dk / |q|
    T *dq = gradients.dq + row, *dv = gradients.dv + row;
    for (std::int64_t c = 0; c < head.d_head; ++c) dq[c] += factor * (dk[c] - along * q[c]);
    if (gradients.log_sum_exp[t] != std::numeric_limits<T>::infinity()) continue;
    const T weight = own_weight(head, t);
    for (std::int64_t c = 0; c < head.d_head; ++c) dv[c] += weight * gradients.d_output[row + c];
  }
}

}  // namespace lectern
