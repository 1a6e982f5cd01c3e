#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "attention/ops/score_program.h"
#include "attention/ops/weight_dropout.h"
#include "tensor/microkernel/block.h"
#include "tensor/microkernel/pack.h"
#include "tensor/random_block.h"
#include "tensor/tensor.h"

namespace lectern {

/// What the forward and the backward kernel share: one head, its tiles, its mask and its dropout.

/// The most queries and keys of a tile. A tile of scores, 48 rows of 512 bytes, fits the first-level
/// cache beside a panel of keys; 48 is a multiple of the micro-kernel's 12 and 6 rows, and the keys
/// are a multiple of its panels.
constexpr std::int32_t query_tile = 48;
template <class T>
constexpr std::int32_t key_tile = 512 / sizeof(T);

/// Queries of a tile under these masks. A tile visits every key that one of its queries sees: where
/// each sees few, as through a window, fewer queries waste less. They are as many as a panel of keys
/// has columns, so that the window's lower edge stays where a panel begins.
template <class T, MaskPrograms Masks>
std::int32_t queries_of_tile(const Masks& masks, std::int64_t query, std::int64_t key) {
  const bool few_keys = masks.most_keys(query_tile) < key;
  const std::int32_t most = few_keys ? std::min(query_tile, panel_columns<T>) : query_tile;
  return static_cast<std::int32_t>(std::min<std::int64_t>(most, query));
}

/// One head of one sequence, rows of `d_head` numbers inside `[batch, length, d_model]`.
template <class T>
struct Head {
  Rows<const T> q, k, v;
  std::int64_t d_head;
  T scale;
  WeightDropout dropout;
};

template <class T>
Rows<T> rows_from(Rows<T> rows, std::int64_t first) {
  return {rows.data + first * rows.row_stride, rows.row_stride};
}

template <class T>
T dot(const T* a, const T* b, std::int64_t count) {
  using V = Vector<T>;
  V total(T{});
  std::int64_t i = 0;
  for (; i + V::lanes <= count; i += V::lanes)
    total = multiply_add(V::load(a + i), V::load(b + i), total);
  if (i < count) {
    const int rest = static_cast<int>(count - i);
    total = multiply_add(V::load_first(a + i, rest), V::load_first(b + i, rest), total);
  }
  return sum(total);
}

/// e^x, but zero where that would be subnormal: hidden pairs, x = −∞, are among these, and the
/// processor takes a hundred times longer for a subnormal result.
template <class T>
Vector<T> weight_of(Vector<T> x) {
  const Vector<T> lowest(sizeof(T) == 4 ? T(-87) : T(-708));
  return x.value < lowest.value ? typename Vector<T>::Register{} : exp(max(lowest, x)).value;
}

/// The largest of `count` scores; beyond the last, up to a whole register, they must be −∞.
template <class T>
T largest_score(const T* scores, std::int64_t count) {
  using V = Vector<T>;
  V top(-std::numeric_limits<T>::infinity());
  for (std::int64_t j = 0; j < count; j += V::lanes) top = max(top, V::load(scores + j));
  return largest(top);
}

/// Turns scores into weights relative to `maximum`, e^(score · scale − maximum), and returns their
/// sum. While nothing was visible, weights are taken relative to zero: e^(−∞ − 0).
template <class T>
T weigh(T* scores, std::int64_t count, T scale, T maximum) {
  using V = Vector<T>;
  const T reference = maximum == -std::numeric_limits<T>::infinity() ? T{} : maximum;
  V total(T{});
  for (std::int64_t j = 0; j < count; j += V::lanes) {
    const V weight = weight_of(multiply_add(V::load(scores + j), V(scale), V(-reference)));
    total += weight;
    weight.store(scores + j);
  }
  return sum(total);
}

/// A tile of numbers, `[query, key]`, on the stack. Rows are padded to whole registers.
template <class T>
struct ScoreTile {
  alignas(64) T number[query_tile * key_tile<T>];

  T* row(std::int64_t i) { return number + i * key_tile<T>; }
  Rows<T> rows() { return {number, key_tile<T>}; }
  Strided<T> left_factor() const { return {number, key_tile<T>}; }
  Strided<T> transposed_left_factor() const { return {number, 1, key_tile<T>}; }
};

/// `count` rounded up to whole registers.
template <class T>
std::int64_t whole_registers(std::int64_t count) {
  constexpr std::int64_t lanes = Vector<T>::lanes;
  return (count + lanes - 1) / lanes * lanes;
}

/// Copies a row without the call that std::copy_n would make of it: rows are short.
template <class T>
void copy_row(const T* from, std::int64_t count, T* to) {
  using V = Vector<T>;
  std::int64_t i = 0;
  for (; i + V::lanes <= count; i += V::lanes) V::load(from + i).store(to + i);
  const int rest = static_cast<int>(count - i);
  if (rest > 0) V::load_first(from + i, rest).store_first(to + i, rest);
}

/// Rows of `width` numbers in memory of its own, aligned and next to each other. Heads lie d_model
/// numbers apart, often a power of two, and such rows would evict each other from the cache.
template <class T>
class CompactRows {
 public:
  CompactRows(std::int64_t count, std::int64_t width)
      : width_(width),
        memory_({count, whole_registers<T>(width)}, dtype_of<T>, cpu),
        rows_{memory_.data<T>(), memory_.dim(1)} {}

  Rows<T> rows() { return rows_; }
  T* row(std::int64_t i) { return rows_from(rows_, i).data; }
  Strided<T> left_factor(std::int64_t first_row = 0) { return {row(first_row), rows_.row_stride}; }
  Panels<T> right_factor(std::int64_t first_row = 0) { return {row(first_row), rows_.row_stride}; }

  void fill_zero() { std::fill_n(rows_.data, memory_.size(), T{}); }
  void fill_zero(std::int64_t count) { std::fill_n(rows_.data, count * rows_.row_stride, T{}); }
  void copy_from(Rows<const T> source, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) copy_row(rows_from(source, i).data, width_, row(i));
  }
  void copy_to(Rows<T> target, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) copy_row(row(i), width_, rows_from(target, i).data);
  }

 private:
  std::int64_t width_;
  Tensor memory_;
  Rows<T> rows_;
};

/// tile = A Bᵀ with the transpose of B in panels. The columns that pad the last register get
/// whatever pads the panel.
template <class T>
void multiply_rows(std::int64_t queries, std::int64_t keys, std::int64_t depth, Strided<T> a,
                   Panels<T> b, ScoreTile<NumberOf<T>>& tile) {
  multiply_block<T>({queries, whole_registers<T>(keys), steps_of<T>(depth)}, a, b, {nullptr, 0},
                    tile.rows());
}

/// Adds a program's bias to scores that have not been scaled. It depends on the distance alone, and
/// a tile has few distances: entry d of the table is for key − query = d − (last query − first
/// key).
template <class T, MaskProgram Program>
void add_bias(const Program& program, Range queries, Range keys, T scale, ScoreTile<T>& scores) {
  if constexpr (ScoreProgram<Program>) {
    T bias[query_tile + key_tile<T>];
    for (std::int32_t d = 0; d < queries.size() + keys.size() - 1; ++d)
      bias[d] = program.bias(queries.end - 1, keys.begin + d) / scale;
    for (std::int32_t i = 0; i < queries.size(); ++i) {
      T* row = scores.row(i);
      const T* of_row = bias + (queries.size() - 1 - i);
      for (std::int32_t j = 0; j < keys.size(); ++j) row[j] += of_row[j];
    }
  }
}

/// What a tile contributes to the derivative by the width: the derivatives by its scores times the
/// slopes, added up distance by distance.
template <class T, ScoreProgram Program>
double width_gradient(const Program& program, Range queries, Range keys, ScoreTile<T>& d_scores) {
  T of_distance[query_tile + key_tile<T>] = {};
  for (std::int32_t i = 0; i < queries.size(); ++i) {
    const T* row = d_scores.row(i);
    T* of_row = of_distance + (queries.size() - 1 - i);
    for (std::int32_t j = 0; j < keys.size(); ++j) of_row[j] += row[j];
  }
  double total = 0;
  for (std::int32_t d = 0; d < queries.size() + keys.size() - 1; ++d)
    total +=
        static_cast<double>(of_distance[d] * program.bias_slope(queries.end - 1, keys.begin + d));
  return total;
}

/// Hidden pairs get the score −∞.
template <class T, MaskProgram Program>
void hide(const Program& mask, Range queries, Range keys, ScoreTile<T>& scores) {
  if (mask.all_visible(queries, keys)) return;
  for (std::int32_t query = queries.begin; query < queries.end; ++query) {
    T* row = scores.row(query - queries.begin);
    for (std::int32_t i = 0; i < keys.size(); ++i)
      row[i] = mask.visible(query, keys.begin + i) ? row[i] : -std::numeric_limits<T>::infinity();
  }
}

/// The columns that pad the last register get the score −∞. A pass of its own: to read a whole
/// register right after its single numbers were written would wait for memory.
template <class T>
void hide_padding(std::int64_t queries, std::int64_t keys, ScoreTile<T>& scores) {
  const std::int64_t width = whole_registers<T>(keys);
  for (std::int64_t i = 0; keys < width && i < queries; ++i)
    std::fill(scores.row(i) + keys, scores.row(i) + width, -std::numeric_limits<T>::infinity());
}

/// The random words of a tile of weights.
template <class T>
class DropoutTile {
 public:
  DropoutTile(const WeightDropout& dropout, Range queries, Range keys) : dropout_(dropout) {
    const std::uint64_t first = dropout.element(queries.begin, keys.begin);
    const bool rows_adjoin = keys.size() == dropout.key_count;
    if (rows_adjoin) row_[0] = draw(first, queries.size() * keys.size(), room_);
    for (std::int64_t i = 0; i < queries.size(); ++i)
      row_[i] = rows_adjoin ? row_[0] + i * keys.size()
                            : draw(first + static_cast<std::uint64_t>(i * dropout.key_count),
                                   keys.size(), room_ + i * row_room);
  }

  /// Zeroes what is dropped from row i of a tile and enlarges the rest.
  void apply(std::int64_t i, std::int64_t count, T* numbers) const {
    const std::uint32_t* word = row_[i];
    const std::uint32_t threshold = dropout_.threshold;
    const auto factor = static_cast<T>(dropout_.keep_factor);
    for (std::int64_t j = 0; j < count; ++j)
      numbers[j] = word[j] >= threshold ? numbers[j] * factor : T{};
  }

 private:
  static constexpr std::int64_t row_room = key_tile<T> + 4;

  /// The words of `count` elements, drawn from a multiple of four on: words come in fours.
  const std::uint32_t* draw(std::uint64_t element, std::int64_t count, std::uint32_t* room) const {
    const std::uint64_t lead = element % 4;
    random_block(dropout_.key, element - lead, count + static_cast<std::int64_t>(lead), room);
    return room + lead;
  }

  const WeightDropout& dropout_;
  const std::uint32_t* row_[query_tile];
  std::uint32_t room_[query_tile * row_room];
};

/// Dropout of a whole tile.
template <class T>
void drop_weights(const WeightDropout& dropout, Range queries, Range keys, ScoreTile<T>& weights) {
  if (!dropout.active()) return;
  const DropoutTile<T> tile(dropout, queries, keys);
  for (std::int32_t i = 0; i < queries.size(); ++i) tile.apply(i, keys.size(), weights.row(i));
}

}  // namespace lectern
