#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
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

/// How many registers of columns a tile of so many rows takes: enough independent sums to keep
/// both multiply-add units busy, even for one row, and whole panels.
template <int rows>
constexpr int vectors_for = std::max(2, (vector_bytes == 64 ? 16 : 8) / rows / 2 * 2);

/// One register tile: `rows` × (`vectors` registers), depth at least 1. With `partial`, the last
/// register holds only `last_lanes` columns and nothing beyond them is touched.
template <int rows, int vectors, bool partial, class T, class Left>
void multiply_tile(std::int64_t depth, Left a, Panels<T> b, Rows<const T> start, Rows<T> c,
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

  // Ask for the lines of C that are stored at the end, a few rows at a time: all at once would hold
  // up the loads of this loop.
  const std::int64_t c_rows_a_time =
      is_packed<Left> ? 1 + std::int64_t{rows} * tile_depth / depth : 0;
  for (std::int64_t p = 0, c_row = 0; p < depth; p += tile_depth) {
    for (std::int64_t i = 0; i < c_rows_a_time && c_row < rows; ++i, ++c_row)
      for (int v = 0; v < vectors; ++v)
        __builtin_prefetch(c.data + c_row * c.row_stride + v * V::lanes, 1);
    const T* a_column = a.column(p);
    const T* b_row = b.data + p * b.row_stride;
    for (auto left = std::min<std::int64_t>(tile_depth, depth - p); left > 0; --left) {
      V b_numbers[vectors];
#pragma GCC unroll 16
      for (int v = 0; v < vectors; ++v)
        b_numbers[v] = load(b_row + v / 2 * b.panel_stride + v % 2 * V::lanes, v);
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) {
        const V a_number(a_column[i * a.row_stride]);
#pragma GCC unroll 16
        for (int v = 0; v < vectors; ++v)
          sum[i][v] = multiply_add(a_number, b_numbers[v], sum[i][v]);
      }
      a_column += a.column_stride;
      b_row += b.row_stride;
    }
  }

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

/// Asks for rows of a panel, into the second-level cache.
template <class T>
void ask_for(Panels<T> panel, std::int64_t first_row, std::int64_t rows) {
  const T* row = panel.data + first_row * panel.row_stride;
  for (std::int64_t i = 0; i < rows; ++i, row += panel.row_stride) {
    __builtin_prefetch(row, 0, 2);
    __builtin_prefetch(row + Vector<T>::lanes, 0, 2);
  }
}

/// `tiles` tiles of the same height below each other, for all columns. The panel of B stays in the
/// first-level cache while the tiles of A pass by; meanwhile, each of them asks for its share of
/// the next panel.
template <int rows, class T, class Left>
void multiply_tiles(std::int64_t tiles, std::int64_t columns, std::int64_t depth, Left a,
                    Panels<T> b, Rows<const T> start, Rows<T> c) {
  constexpr int lanes = Vector<T>::lanes;
  const auto down = [&]<int vectors, bool partial>(std::int64_t column) {
    const Panels<T> panel{
        b.data + column / panel_columns<T> * b.panel_stride + column % panel_columns<T>,
        b.row_stride, b.panel_stride};
    const Panels<T> next{panel.data + panel.panel_stride, panel.row_stride, panel.panel_stride};
    const std::int64_t share = (depth + tiles - 1) / tiles;
    for (std::int64_t tile = 0; tile < tiles; ++tile) {
      const std::int64_t row = tile * rows;
      if constexpr (is_packed<Left> && rows == tile_rows) ask_for(next, tile * share, share);
      multiply_tile<rows, vectors, partial, T>(
          depth, a.below(row), panel,
          {start.data ? start.data + row * start.row_stride + column : nullptr, start.row_stride},
          Rows<T>{c.data + row * c.row_stride + column, c.row_stride},
          static_cast<int>(columns - column));
    }
  };
  constexpr int wide = vectors_for<rows>;
  constexpr std::int64_t wide_step = std::int64_t{wide} * lanes,
                         step_of_two = std::int64_t{2} * lanes;
  std::int64_t column = 0;
  for (; column + wide_step <= columns; column += wide_step)
    down.template operator()<wide, false>(column);
  if constexpr (wide > 2)
    for (; column + step_of_two <= columns; column += step_of_two)
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
  }
  (std::make_integer_sequence<int, tile_rows>{});
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

/// Copies a few numbers, without the call that std::copy_n would be.
template <class T>
void copy_few(const T* source, int count, T* target) {
  constexpr int lanes = Vector<T>::lanes;
  for (; count >= lanes; count -= lanes, source += lanes, target += lanes)
    Vector<T>::load(source).store(target);
  if (count > 0) Vector<T>::load_first(source, count).store_first(target, count);
}

/// Where a tile begins in the matrix `[rows, depth]`.
struct Corner {
  std::int64_t row, p;
};

/// Copies `height` rows and `steps` columns from `corner` on into a tile.
template <TileOrder order, class T>
void pack_tile(int height, int steps, Corner corner, Rows<const T> source, T* target) {
  constexpr bool by_rows = order == TileOrder::row_by_row;
  constexpr int length = by_rows ? tile_depth : tile_rows;  // of a line of the tile
  const int lines = by_rows ? height : steps, filled = by_rows ? steps : height;
  const T* from = source.data + (by_rows ? corner.row * source.row_stride + corner.p
                                         : corner.p * source.row_stride + corner.row);
  for (int line = 0; line < lines; ++line, from += source.row_stride, target += length) {
    if (by_rows) __builtin_prefetch(from + tile_rows * source.row_stride);  // of the tile below
    if (filled == length)
      std::memcpy(target, from, length * sizeof(T));
    else
      copy_few(from, filled, target);
  }
}

}  // namespace microkernel

/// C = start + A B, in the calling thread. A is `Strided<T>` or `Tiles<T, order>`.
/// \param start  `{nullptr, 0}` for zero; C itself to add to what it holds; `{bias, 0}` to begin
///               every row with the same numbers
/// Cost: rows · columns · depth multiply-adds. Fastest when B's block (depth × columns) fits the
/// second-level cache and depth is at most a few hundred.
template <class T, class Left>
void multiply_block(ProductExtents extents, Left a, Panels<T> b, Rows<const T> start, Rows<T> c) {
  if (extents.depth == 0) return microkernel::copy_start(extents, start, c);
  std::int64_t row = 0;
  const auto take = [&]<int rows>(std::int64_t tiles) {
    microkernel::multiply_tiles<rows, T>(
        tiles, extents.columns, extents.depth, a.below(row), b,
        {start.data ? start.data + row * start.row_stride : nullptr, start.row_stride},
        {c.data + row * c.row_stride, c.row_stride});
    row += tiles * rows;
  };
  const microkernel::TileHeights heights(extents.rows);
  if (heights.whole > 0) take.template operator()<tile_rows>(heights.whole);
  for (const int height : heights.last)
    microkernel::with_height(height, [&]<int rows>() { take.template operator()<rows>(1); });
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

/// The depth of packed tiles: whole blocks of steps.
constexpr std::int64_t packed_depth(std::int64_t depth) {
  return (depth + tile_depth - 1) / tile_depth * tile_depth;
}

/// Numbers that the packed tiles of a `[rows, depth]` matrix need at most.
constexpr std::int64_t packed_tiles_size(std::int64_t rows, std::int64_t depth) {
  return (rows / tile_rows + 2) * tile_rows * packed_depth(depth);
}

/// Copies `source` into tiles: `[rows, depth]` row by row, `[depth, rows]` column by column.
template <TileOrder order, class T>
Tiles<T, order> pack_tiles(std::int64_t rows, std::int64_t depth, Rows<const T> source, T* packed) {
  const microkernel::TileHeights heights(rows);
  const Tiles<T, order> tiles{packed, packed_depth(depth)};
  const auto pack = [&](std::int64_t tile, std::int64_t p) {
    const auto steps = static_cast<int>(std::min<std::int64_t>(tile_depth, depth - p));
    T* target = packed + tile * tile_rows * tiles.depth + p * tile_rows;
    microkernel::pack_tile<order>(heights[tile], steps, {heights.begin(tile), p}, source, target);
  };
  // Along the rows of the source, which the processor fetches ahead.
  if constexpr (order == TileOrder::row_by_row) {
    for (std::int64_t tile = 0; tile < heights.count(); ++tile)
      for (std::int64_t p = 0; p < depth; p += tile_depth) pack(tile, p);
  } else {
    for (std::int64_t p = 0; p < depth; p += tile_depth)
      for (std::int64_t tile = 0; tile < heights.count(); ++tile) pack(tile, p);
  }
  return tiles;
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
