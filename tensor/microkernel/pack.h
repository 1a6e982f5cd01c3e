#pragma once

#include <algorithm>
#include <cstdint>

#include "tensor/microkernel/factors.h"

namespace lectern {
namespace microkernel {

/// Copies a few numbers, without the call that std::copy_n would be.
template <class T>
[[gnu::always_inline]] inline void copy_few(const T* source, std::int64_t count, T* target) {
  constexpr int lanes = Vector<T>::lanes;
  for (; count >= lanes; count -= lanes, source += lanes, target += lanes)
    Vector<T>::load(source).store(target);
  if (count > 0)
    Vector<T>::load_first(source, static_cast<int>(count))
        .store_first(target, static_cast<int>(count));
}

/// Writes the steps of one sum: `numbers` numbers that lie one after another.
template <class T>
[[gnu::always_inline]] inline void copy_along(const NumberOf<T>* source, std::int64_t numbers,
                                              T* target) {
  if constexpr (!is_pair<T>) {
    copy_few(source, numbers, target);
  } else {
    constexpr int pairs = Vector<T>::lanes, whole = 2 * pairs;
    for (; numbers >= whole; numbers -= whole, source += whole, target += pairs)
      load_pairs(source, whole).store(target);
    if (numbers == 0) return;
    const auto steps = static_cast<int>(steps_of<T>(numbers));
    const Vector<T> last = load_pairs(source, static_cast<int>(numbers));
    steps == pairs ? last.store(target) : last.store_first(target, steps);
  }
}

/// Writes one step of `columns` sums: of a row, or for pairs of two rows, of which the second is zero
/// if only one is left.
template <class T>
[[gnu::always_inline]] inline void copy_across(Rows<const NumberOf<T>> source,
                                               std::int64_t rows_left, std::int64_t columns,
                                               T* target) {
  if constexpr (!is_pair<T>) {
    copy_few(source.data, columns, target);
  } else {
    using V = Vector<float>;
    const bool both = rows_left > 1;
    const float *even = source.data, *odd = even + source.row_stride;
    for (; columns >= V::lanes; columns -= V::lanes, target += V::lanes) {
      bfloat16_pairs(V::load(even), both ? V::load(odd) : V(0.0f)).store(target);
      even += V::lanes, odd += V::lanes;
    }
    const int few = static_cast<int>(columns);
    if (few > 0)
      bfloat16_pairs(V::load_first(even, few), both ? V::load_first(odd, few) : V(0.0f))
          .store_first(target, few);
  }
}

/// Where a tile begins in the matrix `[rows, depth]`.
struct Corner {
  std::int64_t row, p;
};

/// Copies `height` rows and `depth` columns from `corner` on into a tile.
template <TileOrder order, class T>
void pack_tile(int height, std::int64_t depth, Corner corner, Rows<const NumberOf<T>> source,
               T* target) {
  constexpr std::int64_t numbers = numbers_per_step<T>, whole = tile_depth * numbers;
  if constexpr (order == TileOrder::row_by_row) {
    const NumberOf<T>* from = source.data + corner.row * source.row_stride + corner.p;
    for (int line = 0; line < height; ++line, from += source.row_stride, target += tile_depth) {
      __builtin_prefetch(from + tile_rows * source.row_stride);  // of the tile below
      depth == whole ? copy_along(from, whole, target) : copy_along(from, depth, target);
    }
  } else {
    Rows<const NumberOf<T>> from{source.data + corner.p * source.row_stride + corner.row,
                                 source.row_stride};
    for (; depth > 0; depth -= numbers, target += tile_rows) {
      height == tile_rows ? copy_across(from, depth, tile_rows, target)
                          : copy_across(from, depth, height, target);
      from.data += numbers * source.row_stride;
    }
  }
}

/// As many steps of one sum as a register holds; beyond `numbers`, zero.
template <class T>
[[gnu::always_inline]] inline Vector<T> load_along(const NumberOf<T>* source,
                                                   std::int64_t numbers) {
  constexpr int all = Vector<T>::lanes * static_cast<int>(numbers_per_step<T>);
  const int count = static_cast<int>(std::min<std::int64_t>(numbers, all));
  if constexpr (is_pair<T>)
    return load_pairs(source, count);
  else
    return count == all ? Vector<T>::load(source) : Vector<T>::load_first(source, count);
}

}  // namespace microkernel

/// Writes the transpose of `source`, `[rows, columns]`, to `target`, `[columns, rows]`, its columns
/// counted in steps of T. Square blocks of one register's width are turned in registers.
template <class T>
void transpose_block(std::int64_t rows, std::int64_t columns, Rows<const NumberOf<T>> source,
                     Rows<T> target) {
  constexpr int lanes = Vector<T>::lanes;
  const std::int64_t steps = steps_of<T>(columns);
  for (std::int64_t row = 0; row < rows; row += lanes) {
    const int height = static_cast<int>(std::min<std::int64_t>(lanes, rows - row));
    for (std::int64_t step = 0; step < steps; step += lanes) {
      const std::int64_t column = step * numbers_per_step<T>;
      Vector<T> square[lanes];
      for (int i = 0; i < lanes; ++i) {
        const NumberOf<T>* from = source.data + (row + i) * source.row_stride + column;
        __builtin_prefetch(from + lanes * source.row_stride);  // of the square below
        square[i] =
            i < height ? microkernel::load_along<T>(from, columns - column) : Vector<T>(T{});
      }
      transpose(square);
      const int width = static_cast<int>(std::min<std::int64_t>(lanes, steps - step));
      for (int i = 0; i < width; ++i) {
        T* to = target.data + (step + i) * target.row_stride + row;
        height == lanes ? square[i].store(to) : square[i].store_first(to, height);
      }
    }
  }
}

/// The steps of packed tiles: whole blocks of them.
constexpr std::int64_t packed_depth(std::int64_t steps) {
  return (steps + tile_depth - 1) / tile_depth * tile_depth;
}

/// Steps that the packed tiles of a `[rows, depth]` matrix need at most.
template <class T>
constexpr std::int64_t packed_tiles_size(std::int64_t rows, std::int64_t depth) {
  return (rows / tile_rows + 2) * tile_rows * packed_depth(steps_of<T>(depth));
}

/// Copies `source` into tiles: `[rows, depth]` row by row, `[depth, rows]` column by column. Pairs of
/// bf16 are rounded on the way.
template <TileOrder order, class T>
Tiles<T, order> pack_tiles(std::int64_t rows, std::int64_t depth, Rows<const NumberOf<T>> source,
                           T* packed) {
  constexpr std::int64_t block = tile_depth * numbers_per_step<T>;
  const microkernel::TileHeights heights(rows);
  const Tiles<T, order> tiles{packed, packed_depth(steps_of<T>(depth))};
  const auto pack = [&](std::int64_t tile, std::int64_t p) {
    T* target = packed + tile * tile_rows * tiles.depth + p / numbers_per_step<T> * tile_rows;
    microkernel::pack_tile<order>(heights[tile], std::min(block, depth - p),
                                  {heights.begin(tile), p}, source, target);
  };
  // Along the rows of the source, which the processor fetches ahead.
  if constexpr (order == TileOrder::row_by_row) {
    for (std::int64_t tile = 0; tile < heights.count(); ++tile)
      for (std::int64_t p = 0; p < depth; p += block) pack(tile, p);
  } else {
    for (std::int64_t p = 0; p < depth; p += block)
      for (std::int64_t tile = 0; tile < heights.count(); ++tile) pack(tile, p);
  }
  return tiles;
}

/// Steps that the packed panels of a `[depth, columns]` matrix need.
template <class T>
std::int64_t packed_size(std::int64_t depth, std::int64_t columns) {
  return (columns + panel_columns<T> - 1) / panel_columns<T> * panel_columns<T> *
         steps_of<T>(depth);
}

/// Copies a row-major matrix `[depth, columns]` into panels `[panel][step][panel_columns<T>]`; pairs
/// of bf16 are rounded on the way. Columns beyond the last stay as they are in `packed`; nothing reads
/// them.
template <class T>
Panels<T> pack_panels(std::int64_t depth, std::int64_t columns, Rows<const NumberOf<T>> source,
                      T* packed) {
  constexpr std::int64_t width = panel_columns<T>, numbers = numbers_per_step<T>;
  const std::int64_t whole = columns / width * width, steps = steps_of<T>(depth);
  for (std::int64_t p = 0; p < depth; p += numbers) {
    Rows<const NumberOf<T>> row{source.data + p * source.row_stride, source.row_stride};
    T* target = packed + p / numbers * width;
    for (std::int64_t column = 0; column < whole; column += width, row.data += width) {
      // Rows may be pages apart, where the processor does not guess what comes next.
      for (std::int64_t ahead = 4 * numbers; ahead < 5 * numbers; ++ahead) {
        __builtin_prefetch(row.data + ahead * source.row_stride);
        __builtin_prefetch(row.data + ahead * source.row_stride + width / 2);
      }
      microkernel::copy_across(row, depth - p, width, target + column * steps);
    }
    microkernel::copy_across(row, depth - p, columns - whole, target + whole * steps);
  }
  return {packed, width, width * steps};
}

/// The same for a matrix that is stored transposed: `source` is `[columns, depth]`.
template <class T>
Panels<T> pack_transposed_panels(std::int64_t depth, std::int64_t columns,
                                 Rows<const NumberOf<T>> source, T* packed) {
  constexpr std::int64_t width = panel_columns<T>;
  const std::int64_t steps = steps_of<T>(depth);
  for (std::int64_t column = 0; column < columns; column += width)
    transpose_block<T>(std::min(width, columns - column), depth,
                       {source.data + column * source.row_stride, source.row_stride},
                       {packed + column * steps, width});
  return {packed, width, width * steps};
}

}  // namespace lectern
