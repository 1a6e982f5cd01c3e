#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "tensor/microkernel/factors.h"

namespace lectern::microkernel {

/// How many registers of columns a tile of so many rows takes: enough independent sums to keep
/// both multiply-add units busy, even for one row, and whole panels.
template <int rows>
constexpr int vectors_for = std::max(2, (vector_registers == 32 ? 16 : 8) / rows / 2 * 2);

/// One register tile: `rows` × (`vectors` registers), at least one step deep. With `partial`, the last
/// register holds only `last_lanes` columns and nothing beyond them is touched.
template <int rows, int vectors, bool partial, class T, class Left>
void multiply_tile(std::int64_t depth, Left a, Panels<T> b, Rows<const NumberOf<T>> start,
                   Rows<NumberOf<T>> c, int last_lanes) {
  using V = Vector<T>;
  using Sum = Vector<NumberOf<T>>;
  static_assert(V::lanes == Sum::lanes);
  const auto load = [=]<class N>(const N* row, int v) {
    using W = Vector<N>;
    return partial && v == vectors - 1 ? W::load_first(row, last_lanes) : W::load(row);
  };
  Sum sum[rows][vectors] = {};
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
      V b_steps[vectors];
#pragma GCC unroll 16
      for (int v = 0; v < vectors; ++v)
        b_steps[v] = load(b_row + v / 2 * b.panel_stride + v % 2 * V::lanes, v);
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) {
        const V a_step(a_column[i * a.row_stride]);
#pragma GCC unroll 16
        for (int v = 0; v < vectors; ++v) sum[i][v] = multiply_add(a_step, b_steps[v], sum[i][v]);
      }
      a_column += a.column_stride;
      b_row += b.row_stride;
    }
  }

#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 16
    for (int v = 0; v < vectors; ++v) {
      NumberOf<T>* target = c.data + i * c.row_stride + v * V::lanes;
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
                    Panels<T> b, Rows<const NumberOf<T>> start, Rows<NumberOf<T>> c) {
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
          {c.data + row * c.row_stride + column, c.row_stride}, static_cast<int>(columns - column));
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

}  // namespace lectern::microkernel
