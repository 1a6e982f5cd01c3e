#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "tensor/vector_bf16.h"

namespace lectern {

/// What the micro-kernel multiplies: its factors, cut and in order. T is a step of a sum: a float, a
/// double, or a Bfloat16Pair, which is two steps at once.

template <class T>
constexpr bool is_pair = std::is_same_v<T, Bfloat16Pair>;

/// The number that sums of T are, and that matrices hold in memory: f32 for pairs of bf16.
template <class T>
using NumberOf = std::conditional_t<is_pair<T>, float, T>;

/// Numbers of a matrix that one T stands for.
template <class T>
constexpr std::int64_t numbers_per_step = is_pair<T> ? 2 : 1;

/// Steps that a sum of `depth` products takes. The second half of a last pair may be zero.
template <class T>
constexpr std::int64_t steps_of(std::int64_t depth) {
  return (depth + numbers_per_step<T> - 1) / numbers_per_step<T>;
}

/// Columns of a panel of B: two registers wide.
template <class T>
constexpr int panel_columns = 2 * Vector<T>::lanes;

/// Rows of the largest register tile: with two registers a row it leaves room for a row of B and
/// a number of A among the 32 (AVX-512, NEON) or 16 registers.
constexpr int tile_rows = vector_registers == 32 ? 12 : 6;

/// The left factor, `[row, depth]`, where it lies. Two strides, so a transpose costs nothing.
template <class T>
struct Strided {
  const T* data;
  std::int64_t row_stride;
  std::int64_t column_stride = 1;

  Strided below(std::int64_t rows) const {
    return {data + rows * row_stride, row_stride, column_stride};
  }
  const T* column(std::int64_t p) const { return data + p * column_stride; }
};

/// Steps of the depth that are packed, and run through, together.
constexpr int tile_depth = 16;

/// How the numbers of a packed tile, tile_rows × tile_depth of them, follow each other: as they did
/// in the matrix that they were copied from.
enum class TileOrder { row_by_row, column_by_column };

/// The left factor as packed tiles (pack_tiles), those of the same rows one after another. Numbers
/// that are needed together lie close together, at distances that the compiler knows: a tenth
/// faster than Strided, and much more where rows are a multiple of a page apart.
template <class T, TileOrder order>
struct Tiles {
  const T* data;
  std::int64_t depth;  // a multiple of tile_depth

  static constexpr bool by_rows = order == TileOrder::row_by_row;
  static constexpr int row_stride = by_rows ? tile_depth : 1;
  static constexpr int column_stride = by_rows ? 1 : tile_rows;

  Tiles below(std::int64_t rows) const {
    return {data + (rows + tile_rows - 1) / tile_rows * tile_rows * depth, depth};
  }
  /// The first number of a column; p is a multiple of tile_depth.
  const T* column(std::int64_t p) const { return data + p * tile_rows; }
};

/// True when a factor was packed because it lies far away, as the product does then.
template <class Left>
constexpr bool is_packed = false;
template <class T, TileOrder order>
constexpr bool is_packed<Tiles<T, order>> = true;

/// The right factor, `[depth, column]`, as panels of `panel_columns<T>` columns. Packed panels
/// (pack_panels) have `{row_stride = panel_columns<T>, panel_stride = depth * panel_columns<T>}`; a
/// plain row-major matrix can be read as well: `{row_stride, panel_stride = panel_columns<T>}`.
template <class T>
struct Panels {
  const T* data;
  std::int64_t row_stride;
  std::int64_t panel_stride = panel_columns<T>;
};

/// Row-major numbers, `[row, column]`.
template <class T>
struct Rows {
  T* data;
  std::int64_t row_stride;
};

/// `{rows, columns, depth}` of C = A B.
struct ProductExtents {
  std::int64_t rows, columns, depth;
};

namespace microkernel {

/// How `rows` rows are cut into tiles: as many of `tile_rows` as can be, then two of nearly equal
/// heights, 7 + 6 rows, because a tile of 1 after one of 12 would spend its time waiting for its
/// own sums.
struct TileHeights {
  std::int64_t whole;  // tiles of tile_rows
  int last[2];         // rows; 0 when there is no such tile

  explicit TileHeights(std::int64_t rows) : whole(rows / tile_rows) {
    const int rest = static_cast<int>(rows % tile_rows);
    if (rest > 0 && whole > 0) --whole;
    const int left = static_cast<int>(rows - whole * tile_rows);
    last[0] = left > tile_rows ? (left + 1) / 2 : left;
    last[1] = left - last[0];
  }
  std::int64_t count() const { return whole + (last[0] > 0) + (last[1] > 0); }
  int operator[](std::int64_t tile) const { return tile < whole ? tile_rows : last[tile - whole]; }
  std::int64_t begin(std::int64_t tile) const {
    return tile <= whole ? tile * tile_rows : whole * tile_rows + last[0];
  }
};

}  // namespace microkernel
}  // namespace lectern
