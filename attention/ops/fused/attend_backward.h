#pragma once

#include <algorithm>

#include "attention/ops/factor_rows.h"

namespace lectern {

/// What the backward kernel reads and writes of one head beside its inputs.
template <class T>
struct HeadGradients {
  const T* log_sum_exp;    ///< `[query]`
  const T* weighted_loss;  ///< `[query]`: the output times the derivative by it
  Rows<const T> d_output;  ///< `[query, d_head]`
  Rows<T> dq, dk, dv;      ///< `[query, d_head]`, `[key, d_head]`
  double d_width = 0;      ///< by the width of the head's bias
};

/// Memory for the gradients of one head: one tile of keys and all queries as the products need them,
/// and `dq`, which grows through all tiles of keys. T as in attend_forward.h.
/// \param tile  queries of a tile, see queries_of_tile()
template <class T>
struct BackwardRoom {
  using Number = NumberOf<T>;
  BackwardRoom(std::int32_t tile, std::int64_t query, std::int64_t key, std::int64_t d_head)
      : tile(tile),
        keys_transposed(
            memory_for<T>(packed_size<T>(d_head, std::min<std::int64_t>(key, key_tile<Number>)))),
        values_transposed(empty_like(keys_transposed)),
        k(std::min<std::int64_t>(key, key_tile<Number>), d_head),
        dk(std::min<std::int64_t>(key, key_tile<Number>), d_head),
        dv(std::min<std::int64_t>(key, key_tile<Number>), d_head),
        q(query, d_head),
        d_output(query, d_head),
        dq(query, d_head) {}

  std::int32_t tile;
  Tensor keys_transposed, values_transposed;
  FactorRows<T> k;  ///< one tile of keys
  CompactRows<Number> dk, dv;
  FactorRows<T> q, d_output;  ///< all queries
  CompactRows<Number> dq;
};

/// One tile of keys, ready for products.
template <class T>
struct KeyTile {
  Range keys;
  Panels<T> keys_transposed, values_transposed;

  /// Those of its keys that queries may see, from the beginning of a panel on.
  Range seen_of(const KeyRange auto& visible) const {
    Range seen = visible.within(keys);
    if (seen.size() > 0)
      seen.begin -= (seen.begin - keys.begin) % static_cast<std::int32_t>(panel_columns<T>);
    return seen;
  }
  Panels<T> from(Panels<T> panels, std::int32_t key) const {
    panels.data += (key - keys.begin) / panel_columns<T> * panels.panel_stride;
    return panels;
  }
};

/// Turns scores into probabilities (after dropout) and `d_weights` into the derivative by q·k.
template <class T>
void differentiate_row(T* scores, T* d_weights, std::int64_t count, T scale, T log_sum_exp,
                       T weighted_loss) {
  using V = Vector<T>;
  for (std::int64_t j = 0; j < count; j += V::lanes) {
    const V p = weight_of(multiply_add(V::load(scores + j), V(scale), V(-log_sum_exp)));
    const V d_score = p * (V::load(d_weights + j) - V(weighted_loss));
    p.store(scores + j);
    (d_score * V(scale)).store(d_weights + j);
  }
}

/// The same for a tile. Dropout multiplies a weight by 0 or 1/(1-p), and so its derivative.
template <class T>
void differentiate_tile(const Head<T>& head, const HeadGradients<T>& gradients, Range queries,
                        Range keys, ScoreTile<T>& scores, ScoreTile<T>& d_weights) {
  const auto differentiate = [&](std::int32_t i) {
    differentiate_row(scores.row(i), d_weights.row(i), keys.size(), head.scale,
                      gradients.log_sum_exp[queries.begin + i],
                      gradients.weighted_loss[queries.begin + i]);
  };
  if (!head.dropout.active()) {
    for (std::int32_t i = 0; i < queries.size(); ++i) differentiate(i);
    return;
  }
  const DropoutTile<T> dropout(head.dropout, queries, keys);
  for (std::int32_t i = 0; i < queries.size(); ++i) {
    dropout.apply(i, keys.size(), d_weights.row(i));
    differentiate(i);
    dropout.apply(i, keys.size(), scores.row(i));
  }
}

/// Adds what `queries` × `keys`, some keys of a tile, contribute to the three gradients.
template <class T, MaskProgram Program>
void backward_tile(const Head<NumberOf<T>>& head, const Program& mask, Range queries, Range keys,
                   const KeyTile<T>& tile, HeadGradients<NumberOf<T>>& gradients,
                   BackwardRoom<T>& room) {
  using Number = NumberOf<T>;
  const std::int64_t d_head = head.d_head, query = queries.size(), key = keys.size();
  const std::int64_t skipped = keys.begin - tile.keys.begin;
  ScoreTile<Number> scores, d_weights;
  multiply_rows(query, key, d_head, room.q.left_factor(queries.begin),
                tile.from(tile.keys_transposed, keys.begin), scores);
  multiply_rows(query, key, d_head, room.d_output.left_factor(queries.begin),
                tile.from(tile.values_transposed, keys.begin), d_weights);
  add_bias(mask, queries, keys, head.scale, scores);
  hide(mask, queries, keys, scores);
  differentiate_tile(head, gradients, queries, keys, scores, d_weights);
  if constexpr (ScoreProgram<Program>)
    gradients.d_width += width_gradient(mask, queries, keys, d_weights) / head.scale;

  const auto add = [](ProductExtents extents, Strided<T> a, Panels<T> b, Rows<Number> c) {
    multiply_block<T>(extents, a, b, {c.data, c.row_stride}, c);
  };
  const auto add_over_queries = [&](ScoreTile<Number>& weights, FactorRows<T>& rows,
                                    CompactRows<Number>& target) {
    const SumOverQueries<T> left(weights, query, key);
    add({key, d_head, steps_of<T>(query)}, left.left_factor(), rows.right_factor(queries.begin),
        rows_from(target.rows(), skipped));
  };
  add_over_queries(scores, room.d_output, room.dv);
  add_over_queries(d_weights, room.q, room.dk);
  add({query, d_head, steps_of<T>(key)}, sum_over_keys<T>(d_weights, query, key),
      room.k.right_factor(skipped), rows_from(room.dq.rows(), queries.begin));
}

/// The gradients of one head: tile of keys after tile of keys, each against all queries that see
/// some of them. dk and dv of a tile are finished before the next one; dq grows through all.
template <class T, MaskProgram Program>
void attend_backward_head(const Head<NumberOf<T>>& head, const Program& mask, std::int32_t query,
                          std::int32_t key, HeadGradients<NumberOf<T>>& gradients,
                          BackwardRoom<T>& room) {
  constexpr std::int32_t tile_keys = key_tile<NumberOf<T>>;
  room.q.copy_from(head.q, query);
  room.d_output.copy_from(gradients.d_output, query);
  room.dq.fill_zero();
  for (std::int32_t begin = 0; begin < key; begin += tile_keys) {
    const Range keys{begin, std::min(begin + tile_keys, key)};
    const Rows<const NumberOf<T>> k = rows_from(head.k, begin), v = rows_from(head.v, begin);
    const KeyTile<T> tile{
        keys,
        pack_transposed_panels<T>(head.d_head, keys.size(), k, steps_in<T>(room.keys_transposed)),
        pack_transposed_panels<T>(head.d_head, keys.size(), v,
                                  steps_in<T>(room.values_transposed))};
    room.k.copy_from(k, keys.size());
    room.dk.fill_zero();
    room.dv.fill_zero();
    for (std::int32_t first = 0; first < query; first += room.tile) {
      const Range queries{first, std::min(first + room.tile, query)};
      const Range seen = tile.seen_of(mask.keys_of(queries));
      if (seen.size() > 0) backward_tile(head, mask, queries, seen, tile, gradients, room);
    }
    room.dk.copy_to(rows_from(gradients.dk, begin), keys.size());
    room.dv.copy_to(rows_from(gradients.dv, begin), keys.size());
  }
  room.dq.copy_to(gradients.dq, query);
}

}  // namespace lectern
