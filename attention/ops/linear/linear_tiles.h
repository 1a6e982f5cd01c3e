#pragma once

#include <algorithm>

#include "attention/ops/attention_tiles.h"
#include "attention/ops/linear/attend_linear.h"

namespace lectern {

// Linear attention of one head on the CPU: features, tiles of tokens, and the state that is carried
// from tile to tile. Steps: attend_linear_cpu.cpp.

static_assert(query_tile == linear_tile);

/// One head of one sequence.
template <class T>
struct LinearHead {
  Rows<const T> q, k, v;
  std::int64_t d_head;
  std::int32_t query, key, real_keys;
  bool causal;
};

/// What the backward pass reads and writes beside the inputs.
template <class T>
struct LinearGradients {
  Rows<const T> output, d_output;
  const T* normalizers;  ///< `[query]`
  Rows<T> dq, dk, dv;
};

/// φ(x) = elu(x) + 1.
template <class T>
Vector<T> feature_of(Vector<T> x) {
  return x.value > Vector<T>(T{}).value ? (x + Vector<T>(T{1})).value : weight_of(x).value;
}

/// φ'(x), told by φ(x).
template <class T>
Vector<T> slope_of(Vector<T> feature) {
  return min(feature, Vector<T>(T{1}));
}

/// Calls `action(column, load, store)` for the registers of a row: `load(p)` reads the numbers at p
/// + column, `store(vector, p)` writes them.
template <class T, class Action>
void for_registers(std::int64_t count, const Action& action) {
  using V = Vector<T>;
  std::int64_t i = 0;
  for (; i + V::lanes <= count; i += V::lanes)
    action([i](const T* p) { return V::load(p + i); }, [i](V x, T* p) { x.store(p + i); });
  const int rest = static_cast<int>(count - i);
  if (rest > 0)
    action([=](const T* p) { return V::load_first(p + i, rest); },
           [=](V x, T* p) { x.store_first(p + i, rest); });
}

/// Asks for a row of the next tile: rows of a head lie d_model numbers apart, where the processor
/// does not guess what comes next.
template <class T>
void ask_for_next_tile(Rows<const T> rows, std::int64_t width) {
  const T* row = rows_from(rows, query_tile).data;
  for (std::int64_t i = 0; i < width; i += 64 / static_cast<std::int64_t>(sizeof(T)))
    __builtin_prefetch(row + i);
}

template <class T>
void copy_features(std::int64_t count, std::int64_t width, Rows<const T> source,
                   CompactRows<T>& target) {
  for (std::int64_t i = 0; i < count; ++i) {
    const Rows<const T> row = rows_from(source, i);
    ask_for_next_tile(row, width);
    for_registers<T>(width, [from = row.data, to = target.row(i)](auto load, auto store) {
      store(feature_of(load(from)), to);
    });
  }
}

/// y += factor · x.
template <class T>
void add_scaled(std::int64_t count, T factor, const T* x, T* y) {
  for_registers<T>(count, [=, f = Vector<T>(factor)](auto load, auto store) {
    store(multiply_add(f, load(x), load(y)), y);
  });
}

/// y = factor · x.
template <class T>
void copy_scaled(std::int64_t count, T factor, const T* x, T* y) {
  for_registers<T>(count,
                   [=, f = Vector<T>(factor)](auto load, auto store) { store(f * load(x), y); });
}

template <class T>
void copy_rows(std::int64_t count, std::int64_t width, Rows<const T> source,
               CompactRows<T>& target) {
  for (std::int64_t i = 0; i < count; ++i) ask_for_next_tile(rows_from(source, i), width);
  target.copy_from(source, count);
}

/// A matrix that grows by outer products, and a vector beside it: S and z, or R and r.
template <class T>
struct CarriedState {
  explicit CarriedState(std::int64_t d_head) : matrix(d_head, d_head), vector(1, d_head) {}

  void clear() { matrix.fill_zero(), vector.fill_zero(); }
  /// matrix += aᵀ b, `[count, d_head]` both.
  void absorb(std::int64_t count, std::int64_t d_head, CompactRows<T>& a, CompactRows<T>& b) {
    const Rows<T> rows = a.rows(), sums = matrix.rows();
    multiply_block<T>({d_head, d_head, count}, Strided<T>{rows.data, 1, rows.row_stride},
                      b.right_factor(), {sums.data, sums.row_stride}, sums);
  }

  CompactRows<T> matrix;  ///< `[d_head, d_head]`
  CompactRows<T> vector;  ///< `[1, d_head]`
};

/// Memory for one head: a tile of tokens, and the state.
template <class T>
struct LinearRoom {
  explicit LinearRoom(std::int64_t d_head)
      : q(query_tile, d_head),
        k(query_tile, d_head),
        v(query_tile, d_head),
        result(query_tile, d_head),
        packed({packed_size<T>(d_head, std::max<std::int64_t>(query_tile, d_head))}, dtype_of<T>,
               cpu),
        state(d_head) {}

  CompactRows<T> q, k, v;  ///< features of queries and keys, and values
  CompactRows<T> result;
  Tensor packed;  ///< a right factor that had to be transposed
  CarriedState<T> state;
  ScoreTile<T> scores;
};

/// Calls `action(tile)` for the tiles of `0 … length`, forward.
template <class Action>
void for_tiles(std::int32_t length, const Action& action) {
  for (std::int32_t begin = 0; begin < length; begin += query_tile)
    action(Range{begin, std::min(begin + query_tile, length)});
}

/// The same from the last tile to the first.
template <class Action>
void for_tiles_backward(std::int32_t length, const Action& action) {
  for (std::int32_t begin = (length - 1) / query_tile * query_tile; begin >= 0; begin -= query_tile)
    action(Range{begin, std::min(begin + query_tile, length)});
}

/// scores = A Bᵀ for the pairs of a tile in which the key does not come after the query; zero for
/// the others.
/// \param b  `[keys, d_head]`
template <class T>
void multiply_triangle(Range queries, std::int64_t keys, std::int64_t d_head, Strided<T> a,
                       Rows<const T> b, LinearRoom<T>& room) {
  multiply_rows(queries.size(), keys, d_head, a,
                pack_transposed_panels<T>(d_head, keys, b, room.packed.template data<T>()),
                room.scores);
  for (std::int64_t i = 0; i < std::min<std::int64_t>(queries.size(), keys); ++i)
    std::fill(room.scores.row(i) + i + 1, room.scores.row(i) + keys, T{});
}

}  // namespace lectern
