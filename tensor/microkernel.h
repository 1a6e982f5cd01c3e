#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "tensor/vector.h"

namespace lectern {

/// The matrix product of one thread on one block: what the matrix product and the fused attention
/// kernels are made of.
///
/// Every element is the sum `start + a₀b₀ + a₁b₁ + …`, in this order and with fused steps, whatever
/// tile it falls into. So its bits depend neither on how a product is cut into blocks nor on how
/// many rows are calculated together: one row of a product equals that row of the whole product.

/// Columns of a panel of B: two registers wide.
template <class T>
constexpr int panel_columns = 2 * Vector<T>::lanes;

/// Rows of the largest register tile: with two registers a row it leaves room for a row of B and
/// a number of A among the 32 (AVX-512) or 16 registers.
constexpr int tile_rows = vector_bytes == 64 ? 12 : 6;

/// The left factor, `[row, depth]`. Two strides, so a transpose costs nothing.
template <class T>
struct Strided {
  const T* data;
  std::int64_t row_stride;
  std::int64_t column_stride = 1;
};

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

/// Where the operands of a product lie: in the first-level cache, or so far away that the
/// micro-kernel asks for them ahead, which costs the other kind a tenth of its time.
enum class Operands { near, far };

namespace microkernel {

/// How many registers of columns a tile of so many rows takes: enough independent sums to keep
/// both multiply-add units busy, even for one row, and whole panels.
template <int rows>
constexpr int vectors_for = std::max(2, (vector_bytes == 64 ? 16 : 8) / rows / 2 * 2);

/// One register tile: `rows` × (`vectors` registers), depth at least 1. With `partial`, the last
/// register holds only `last_lanes` columns and nothing beyond them is touched.
template <int rows, int vectors, bool partial, Operands operands, class T>
void multiply_tile(std::int64_t depth, Strided<T> a, Panels<T> b, Rows<const T> start, Rows<T> c,
                   int last_lanes) {
  using V = Vector<T>;
  const auto load = [=](const T* row, int v) {
    return partial && v == vectors - 1 ? V::load_first(row, last_lanes) : V::load(row);
  };
  V sum[rows][vectors] = {};
  if (start.data)
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 16
      for (int v = 0; v < vectors; ++v)
        sum[i][v] = load(start.data + i * start.row_stride + v * V::lanes, v);

  // Ask for what will be missed, a little at a time, since all of it at once would hold up the
  // loads of this loop: the lines of C that are stored at the end, and the tile of A below.
  constexpr bool ask = operands == Operands::far;
  const std::int64_t c_rows_a_step = ask ? 1 + rows * V::lanes / depth : 0;
  std::int64_t p = 0, c_row = 0;
  do {
    for (std::int64_t i = 0; i < c_rows_a_step && c_row < rows; ++i, ++c_row) {
      __builtin_prefetch(c.data + c_row * c.row_stride, 1);
      __builtin_prefetch(c.data + c_row * c.row_stride + V::lanes, 1);
    }
    const T* below = a.data + rows * a.row_stride + p * a.column_stride;
    const std::int64_t end = ask ? std::min<std::int64_t>(depth, p + V::lanes) : depth;
    do {
      if constexpr (ask) {
        __builtin_prefetch(below, 0, 2);
        below += a.row_stride;
      }
      V b_row[vectors];
#pragma GCC unroll 16
      for (int v = 0; v < vectors; ++v)
        b_row[v] = load(b.data + v / 2 * b.panel_stride + p * b.row_stride + v % 2 * V::lanes, v);
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) {
        const V a_number(a.data[i * a.row_stride + p * a.column_stride]);
#pragma GCC unroll 16
        for (int v = 0; v < vectors; ++v) sum[i][v] = multiply_add(a_number, b_row[v], sum[i][v]);
      }
    } while (++p < end);
  } while (p < depth);

#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 16
    for (int v = 0; v < vectors; ++v) {
      T* target = c.data + i * c.row_stride + v * V::lanes;
      if (partial && v == vectors - 1)
        sum[i][v].store_first(target, last_lanes);
      else
        sum[i][v].store(target);
    }
}

/// `tiles` tiles of the same height below each other, for all columns. The panel of B stays in the
/// first-level cache while the tiles of A pass by.
template <int rows, Operands operands, class T>
void multiply_tiles(std::int64_t tiles, std::int64_t columns, std::int64_t depth, Strided<T> a,
                    Panels<T> b, Rows<const T> start, Rows<T> c) {
  constexpr int lanes = Vector<T>::lanes;
  const auto down = [&]<int vectors, bool partial>(std::int64_t column) {
    const Panels<T> panel{
        b.data + column / panel_columns<T> * b.panel_stride + column % panel_columns<T>,
        b.row_stride, b.panel_stride};
    for (std::int64_t row = 0; row < tiles * rows; row += rows)
      multiply_tile<rows, vectors, partial, operands>(
          depth, {a.data + row * a.row_stride, a.row_stride, a.column_stride}, panel,
          {start.data ? start.data + row * start.row_stride + column : nullptr, start.row_stride},
          Rows<T>{c.data + row * c.row_stride + column, c.row_stride},
          static_cast<int>(columns - column));
  };
  constexpr int wide = vectors_for<rows>;
  std::int64_t column = 0;
  for (; column + wide * lanes <= columns; column += wide * lanes)
    down.template operator()<wide, false>(column);
  if constexpr (wide > 2)
    for (; column + 2 * lanes <= columns; column += 2 * lanes)
      down.template operator()<2, false>(column);
  if (column + lanes <= columns) {
    down.template operator()<1, false>(column);
    column += lanes;
  }
  if (column < columns) down.template operator()<1, true>(column);
}

/// Calls `action<height>()`, 1 ≤ height ≤ tile_rows; nothing for 0.
template <class Action>
void with_height(int height, const Action& action) {
  [&]<int... index>(std::integer_sequence<int, index...>) {
    ((index + 1 == height ? action.template operator()<index + 1>() : void()), ...);
  }(std::make_integer_sequence<int, tile_rows>{});
}

/// C = start: what a product over no depth is.
template <class T>
void copy_start(ProductExtents extents, Rows<const T> start, Rows<T> c) {
  for (std::int64_t row = 0; row < extents.rows; ++row) {
    T* target = c.data + row * c.row_stride;
    if (start.data)
      std::copy_n(start.data + row * start.row_stride, extents.columns, target);
    else
      std::fill_n(target, extents.columns, T{});
  }
}

}  // namespace microkernel

/// C = start + A B, in the calling thread.
/// \param start  `{nullptr, 0}` for zero; C itself to add to what it holds; `{bias, 0}` to begin
///               every row with the same numbers
/// Cost: rows · columns · depth multiply-adds. Fastest when B's block (depth × columns) fits the
/// second-level cache and depth is at most a few hundred.
template <class T, Operands operands = Operands::near>
void multiply_block(ProductExtents extents, Strided<T> a, Panels<T> b, Rows<const T> start,
                    Rows<T> c) {
  if (extents.depth == 0) return microkernel::copy_start(extents, start, c);
  std::int64_t row = 0;
  const auto take = [&]<int rows>(std::int64_t tiles) {
    microkernel::multiply_tiles<rows, operands, T>(
        tiles, extents.columns, extents.depth,
        {a.data + row * a.row_stride, a.row_stride, a.column_stride}, b,
        {start.data ? start.data + row * start.row_stride : nullptr, start.row_stride},
        {c.data + row * c.row_stride, c.row_stride});
    row += tiles * rows;
  };
  // The last two tiles share what is left: 7 + 6 rows, because a tile of 1 after one of 12 would
  // spend its time waiting for its own sums.
  const std::int64_t whole = extents.rows / tile_rows, rest = extents.rows % tile_rows;
  const std::int64_t largest = rest > 0 && whole > 0 ? whole - 1 : whole;
  if (largest > 0) take.template operator()<tile_rows>(largest);
  const std::int64_t left = extents.rows - row;
  const std::int64_t first = left > tile_rows ? (left + 1) / 2 : left;
  for (const std::int64_t height : {first, left - first})
    microkernel::with_height(static_cast<int>(height), [&]<int rows>() {
      take.template operator()<rows>(1);
    });
}

/// Writes the transpose of `source`, `[rows, columns]`, to `target`, `[columns, rows]`.
/// Square blocks of one register's width are turned in registers.
template <class T>
void transpose_block(std::int64_t rows, std::int64_t columns, Rows<const T> source,
                     Rows<T> target) {
  constexpr int lanes = Vector<T>::lanes;
  for (std::int64_t row = 0; row < rows; row += lanes) {
    const int height = static_cast<int>(std::min<std::int64_t>(lanes, rows - row));
    for (std::int64_t column = 0; column < columns; column += lanes) {
      const int width = static_cast<int>(std::min<std::int64_t>(lanes, columns - column));
      Vector<T> square[lanes];
      for (int i = 0; i < lanes; ++i) {
        const T* from = source.data + (row + i) * source.row_stride + column;
        __builtin_prefetch(from + lanes * source.row_stride);  // of the square below
        square[i] = i >= height      ? Vector<T>(T{})
                    : width == lanes ? Vector<T>::load(from)
                                     : Vector<T>::load_first(from, width);
      }
      transpose(square);
      for (int i = 0; i < width; ++i) {
        T* to = target.data + (column + i) * target.row_stride + row;
        height == lanes ? square[i].store(to) : square[i].store_first(to, height);
      }
    }
  }
}

/// Numbers that the packed panels of a `[depth, columns]` matrix need.
template <class T>
std::int64_t packed_size(std::int64_t depth, std::int64_t columns) {
  return (columns + panel_columns<T> - 1) / panel_columns<T> * panel_columns<T> * depth;
}

/// Copies a row-major matrix `[depth, columns]` into panels `[panel][depth][panel_columns<T>]`.
/// Columns beyond the last stay as they are in `packed`; nothing reads them.
template <class T>
Panels<T> pack_panels(std::int64_t depth, std::int64_t columns, Rows<const T> source, T* packed) {
  constexpr std::int64_t width = panel_columns<T>;
  const std::int64_t whole = columns / width * width;
  for (std::int64_t p = 0; p < depth; ++p) {
    const T* row = source.data + p * source.row_stride;
    T* target = packed + p * width;
    for (std::int64_t column = 0; column < whole; column += width) {
      // Rows may be pages apart, where the processor does not guess what comes next.
      __builtin_prefetch(row + 4 * source.row_stride + column);
      __builtin_prefetch(row + 4 * source.row_stride + column + width / 2);
      std::copy_n(row + column, width, target + column * depth);
    }
    std::copy_n(row + whole, columns - whole, target + whole * depth);
  }
  return {packed, width, width * depth};
}

/// The same for a matrix that is stored transposed: `source` is `[columns, depth]`.
template <class T>
Panels<T> pack_transposed_panels(std::int64_t depth, std::int64_t columns, Rows<const T> source,
                                 T* packed) {
  constexpr std::int64_t width = panel_columns<T>;
  for (std::int64_t column = 0; column < columns; column += width)
    transpose_block<T>(std::min(width, columns - column), depth,
                       {source.data + column * source.row_stride, source.row_stride},
                       {packed + column * depth, width});
  return {packed, width, width * depth};
}

}  // namespace lectern
