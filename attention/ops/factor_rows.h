#pragma once

#include "attention/ops/attention_tiles.h"
#include "tensor/microkernel/packed_memory.h"

namespace lectern {

/// Rows that are both factors of products: on the left as `[row, depth]`, on the right as
/// `[depth, column]`, where a row is a step of the sums. Numbers lie there once. T as in
/// tensor/microkernel/factors.h.
template <class T>
class FactorRows : public CompactRows<T> {
 public:
  using CompactRows<T>::CompactRows;
};

/// Pairs of bf16 lie there twice: pairs along a row, and pairs of a row and the one below it.
template <>
class FactorRows<Bfloat16Pair> {
 public:
  FactorRows(std::int64_t count, std::int64_t width)
      : width_(width),
        along_(count, steps_of<Bfloat16Pair>(width)),
        across_(steps_of<Bfloat16Pair>(count), width) {}

  void copy_from(Rows<const float> source, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i)
      microkernel::copy_along(rows_from(source, i).data, width_, along_.row(i));
    for (std::int64_t i = 0; i < count; i += 2)
      microkernel::copy_across(rows_from(source, i), count - i, width_, across_.row(i / 2));
  }
  Strided<Bfloat16Pair> left_factor(std::int64_t first_row = 0) {
    return {along_.row(first_row), along_.row_stride()};
  }
  /// \param first_row  an even one
  Panels<Bfloat16Pair> right_factor(std::int64_t first_row = 0) {
    return {across_.row(first_row / 2), across_.row_stride()};
  }

 private:
  /// `[row, pair]`, rows padded to whole registers.
  class PairRows {
   public:
    PairRows(std::int64_t count, std::int64_t width)
        : row_stride_(whole_registers<Bfloat16Pair>(width)),
          memory_(memory_for<Bfloat16Pair>(count * row_stride_)),
          first_(steps_in<Bfloat16Pair>(memory_)) {}
    Bfloat16Pair* row(std::int64_t i) { return first_ + i * row_stride_; }
    std::int64_t row_stride() const { return row_stride_; }

   private:
    std::int64_t row_stride_;
    Tensor memory_;
    Bfloat16Pair* first_;
  };

  std::int64_t width_;
  PairRows along_, across_;
};

/// A tile of weights, `[query, key]`, as the left factor of a product that sums over its keys. Pairs
/// of bf16 take the place of the numbers.
template <class T>
Strided<T> sum_over_keys(ScoreTile<NumberOf<T>>& tile, std::int64_t queries, std::int64_t keys) {
  if constexpr (!is_pair<T>) {
    return tile.left_factor();
  } else {
    const auto row = [&](std::int64_t i) { return reinterpret_cast<T*>(tile.row(i)); };
    for (std::int64_t i = 0; i < queries; ++i) microkernel::copy_along(tile.row(i), keys, row(i));
    return {row(0), key_tile<float>};
  }
}

/// A tile of weights, transposed, as the left factor of a product that sums over its queries.
template <class T>
class SumOverQueries {
 public:
  SumOverQueries(ScoreTile<T>& tile, std::int64_t, std::int64_t) : tile_(tile) {}
  Strided<T> left_factor() const { return tile_.transposed_left_factor(); }

 private:
  ScoreTile<T>& tile_;
};

template <>
class SumOverQueries<Bfloat16Pair> {
 public:
  SumOverQueries(ScoreTile<float>& tile, std::int64_t queries, std::int64_t keys) {
    for (std::int64_t i = 0; i < queries; i += 2)
      microkernel::copy_across(Rows<const float>{tile.row(i), key_tile<float>}, queries - i, keys,
                               pairs_ + i / 2 * key_tile<float>);
  }
  Strided<Bfloat16Pair> left_factor() const { return {pairs_, 1, key_tile<float>}; }

 private:
  alignas(64) Bfloat16Pair pairs_[query_tile / 2 * key_tile<float>];
};

}  // namespace lectern
