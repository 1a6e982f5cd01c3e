#pragma once

#include <limits>

#include "attention/ops/fused/attend_cuda.h"

namespace lectern {

// Step 2: tiles in shared memory, in f32 and f64. This file holds what the forward and the backward
// kernel have in common: which numbers of a product a thread keeps, and the two products.
//
// A block owns some rows of a head (queries; in the kernel for dk and dv, keys) and walks over the
// others, the streamed rows, a tile at a time. Four warps share every streamed tile, and each owns
// its rows alone, so that inside a tile only the lanes of a warp wait for each other.
//
// The size is chosen for an H100 and serves every length. A thread keeps 4 × 4 scores, so that for
// 64 multiplications it reads 8 times 16 bytes of shared memory, as much as the memory gives while
// the arithmetic runs. 16 rows a warp and 32 streamed rows waste little where sentences are short:
// warps without rows skip the arithmetic. 64 rows a block read keys and values from the
// second-level cache once for 64 queries, 32 operations a byte, which is less than the cache can
// give. At head size 64 a block takes 44 KiB of shared memory, and four share a multiprocessor.

/// Numbers of one 16-byte access.
template <class T>
constexpr int pack_size = 16 / sizeof(T);

template <class T>
struct alignas(16) Pack {
  T number[pack_size<T>];
};

template <class T>
__device__ Pack<T> load_pack(const T* address) {
  return *reinterpret_cast<const Pack<T>*>(address);
}

/// The sizes of a kernel for heads of at most `head_width` numbers.
template <class T, int head_width>
struct Tiling {
  static constexpr int width = head_width;
  static constexpr int pack = pack_size<T>;
  /// Scores of a thread: its rows × its columns. Wide heads leave registers and shared memory for
  /// half the rows: up to 128 numbers fit the 99 KiB of small GPUs, more need a large one.
  static constexpr int thread_rows = width > 64 ? pack / 2 : pack;
  static constexpr int thread_columns = pack;
  /// Output numbers of a thread in each of its rows.
  static constexpr int thread_width = width / 8;
  static constexpr int warp_rows = 4 * thread_rows;  ///< a warp is 4 × 8 threads
  static constexpr int warps = 4;
  static constexpr int threads = warps * warp_size;
  /// Blocks wanted on a multiprocessor at once, which limits the registers of a thread.
  static constexpr int blocks = sizeof(T) == 4 && width <= 64 ? 4 : 1;
  static constexpr int backward_blocks = sizeof(T) == 4 && width <= 64 ? 3 : 1;
  static constexpr int own_rows = warps * warp_rows;
  static constexpr int streamed_rows = 8 * thread_columns;
  /// One pack more than a row: eight rows then start in eight different groups of banks.
  static constexpr int row_stride = width + pack;
  static constexpr int weight_stride = streamed_rows + pack;
};

/// Where a thread stands: its first row among the block's and its first column among the streamed
/// rows. Its other rows follow at distance 4, its other columns at distance 8.
struct ThreadPlace {
  int warp, row, column;
};

template <class Size>
__device__ ThreadPlace place_of_thread() {
  const int thread = static_cast<int>(threadIdx.x), lane = thread % warp_size;
  return {thread / warp_size, thread / warp_size * Size::warp_rows + lane / 8, lane % 8};
}

/// Rows of a head in shared memory.
template <class T, class Size, int count>
struct alignas(16) RowTile {
  T number[count * Size::row_stride];

  __device__ const T* row(int i) const { return number + i * Size::row_stride; }
  /// Copies `rows` of a HeadRows or another source of rows; what is missing to `count` rows and to
  /// the full width becomes zero. All threads of the block take part.
  template <class Source>
  __device__ void load(const Source& source, Range rows, int d_head) {
    for (int i = static_cast<int>(threadIdx.x); i < count * Size::width; i += Size::threads) {
      const int r = i / Size::width, c = i % Size::width;
      number[r * Size::row_stride + c] =
          r < rows.size() && c < d_head ? source.row(rows.begin + r)[c] : T{};
    }
  }
};

template <class T, class Size>
using OwnRows = RowTile<T, Size, Size::own_rows>;
template <class T, class Size>
using StreamedRows = RowTile<T, Size, Size::streamed_rows>;

/// Numbers of a warp's scores, `[own row, streamed row]`, on their way from the threads that
/// calculated them to the threads that multiply with them.
template <class T, class Size>
struct alignas(16) WeightTile {
  T number[Size::own_rows * Size::weight_stride];

  __device__ T* row(int i) { return number + i * Size::weight_stride; }
};

/// The scores of one thread.
template <class T, class Size>
struct Scores {
  T number[Size::thread_rows][Size::thread_columns];
};
/// The part of a result `[own row, width]` that one thread adds up. Column c of number [i][c] is
/// `column_of`.
template <class T, class Size>
struct Sums {
  T number[Size::thread_rows][Size::thread_width];
};

template <class Size>
__device__ int column_of(ThreadPlace place, int c) {
  return (c / Size::pack * 8 + place.column) * Size::pack + c % Size::pack;
}

/// Which pair of a tile is number (i, j) of a thread: of its row and its column, one is the query.
template <class Size, bool own_queries>
struct PairPlace {
  ThreadPlace place;

  __device__ int query(int i, int j) const {
    return own_queries ? place.row + 4 * i : place.column + 8 * j;
  }
  __device__ int key(int i, int j) const {
    return own_queries ? place.column + 8 * j : place.row + 4 * i;
  }
};

/// Which weights of a thread dropout keeps: bit `i · thread_columns + j` speaks for number (i, j).
template <class Size, bool own_queries>
__device__ std::uint32_t kept_weights(const WeightDropout& dropout, Range queries, Range keys,
                                      ThreadPlace place) {
  if (!dropout.active()) return ~0u;
  constexpr int warp_queries = own_queries ? Size::warp_rows : Size::streamed_rows;
  constexpr int warp_keys = own_queries ? Size::streamed_rows : Size::warp_rows;
  const int skipped = place.warp * Size::warp_rows;  // the block's rows before the warp's
  const KeptWeights<warp_queries, warp_keys> kept(dropout,
                                                  queries.begin + (own_queries ? skipped : 0),
                                                  keys.begin + (own_queries ? 0 : skipped));
  const PairPlace<Size, own_queries> pair{{place.warp, place.row - skipped, place.column}};
  std::uint32_t bits = 0;
#pragma unroll
  for (int i = 0; i < Size::thread_rows; ++i)
#pragma unroll
    for (int j = 0; j < Size::thread_columns; ++j)
      bits |= kept.bit(pair.query(i, j), pair.key(i, j)) << (i * Size::thread_columns + j);
  return bits;
}

/// Scores = A Bᵀ of the thread's own rows of A and streamed rows of B, over `depth` numbers.
template <class T, class Size>
__device__ Scores<T, Size> multiply_transposed(const OwnRows<T, Size>& a,
                                               const StreamedRows<T, Size>& b, ThreadPlace place,
                                               int depth) {
  Scores<T, Size> scores{};
  for (int d = 0; d < depth; d += Size::pack) {
    Pack<T> left[Size::thread_rows];
#pragma unroll
    for (int i = 0; i < Size::thread_rows; ++i) left[i] = load_pack(a.row(place.row + 4 * i) + d);
#pragma unroll
    for (int j = 0; j < Size::thread_columns; ++j) {
      const Pack<T> right = load_pack(b.row(place.column + 8 * j) + d);
#pragma unroll
      for (int i = 0; i < Size::thread_rows; ++i)
#pragma unroll
        for (int e = 0; e < Size::pack; ++e)
          scores.number[i][j] += left[i].number[e] * right.number[e];
    }
  }
  return scores;
}

/// Sums += W B for the thread's rows of W and its columns of B, over `depth` streamed rows.
template <class T, class Size>
__device__ void multiply_add(Sums<T, Size>& sums, WeightTile<T, Size>& weights,
                             const StreamedRows<T, Size>& b, ThreadPlace place, int depth) {
  for (int d = 0; d < depth; d += Size::pack) {
    Pack<T> left[Size::thread_rows];
#pragma unroll
    for (int i = 0; i < Size::thread_rows; ++i)
      left[i] = load_pack(weights.row(place.row + 4 * i) + d);
#pragma unroll
    for (int e = 0; e < Size::pack; ++e)
#pragma unroll
      for (int c = 0; c < Size::thread_width; c += Size::pack) {
        const Pack<T> right = load_pack(b.row(d + e) + column_of<Size>(place, c));
#pragma unroll
        for (int i = 0; i < Size::thread_rows; ++i)
#pragma unroll
          for (int f = 0; f < Size::pack; ++f)
            sums.number[i][c + f] += left[i].number[e] * right.number[f];
      }
  }
}

/// Hands the thread's scores to the other lanes of its warp.
template <class T, class Size>
__device__ void share_with_warp(WeightTile<T, Size>& weights, const Scores<T, Size>& scores,
                                ThreadPlace place) {
  __syncwarp();  // the lanes have read what they were handed before
#pragma unroll
  for (int i = 0; i < Size::thread_rows; ++i)
#pragma unroll
    for (int j = 0; j < Size::thread_columns; ++j)
      weights.row(place.row + 4 * i)[place.column + 8 * j] = scores.number[i][j];
  __syncwarp();
}

/// Joins one number of each of the eight lanes that share a row.
template <class T, class Join>
__device__ T join_row(T value, const Join& join) {
#pragma unroll
  for (int offset = 4; offset > 0; offset /= 2)
    value = join(value, __shfl_xor_sync(whole_warp, value, offset));
  return value;
}

/// Writes the thread's part of a result, each row times a factor of its own.
template <class T, class Size, class Factor>
__device__ void store(const Sums<T, Size>& sums, HeadRows<T> target, Range rows, int d_head,
                      ThreadPlace place, const Factor& factor) {
#pragma unroll
  for (int i = 0; i < Size::thread_rows; ++i) {
    const int row = place.row + 4 * i;
    if (row >= rows.size()) continue;
#pragma unroll
    for (int c = 0; c < Size::thread_width; ++c) {
      const int column = column_of<Size>(place, c);
      if (column < d_head) target.row(rows.begin + row)[column] = sums.number[i][c] * factor(i);
    }
  }
}

/// Calls `action(tiling)` with a Tiling that holds a head of d_head numbers. Every width is a
/// kernel more to compile: f32 has them all; f64, which is for checking gradients, passes over one;
/// with a bias there are those that models have.
template <class T, bool biased, class Action>
void with_tiling(std::int32_t d_head, const Action& action) {
  constexpr int widest = biased ? 128 : 256;
  check(d_head <= widest, [&] {
    return text("a head of ", d_head, " numbers, but attention ", biased ? "with a bias " : "",
                "on a GPU takes at most ", widest, "; choose more heads");
  });
  if constexpr (!biased)
    if (d_head <= 32) return action(Tiling<T, 32>{});
  if constexpr (biased || sizeof(T) == 4)
    if (d_head <= 64) return action(Tiling<T, 64>{});
  if (d_head <= 128) return action(Tiling<T, 128>{});
  if constexpr (!biased) action(Tiling<T, 256>{});
}

}  // namespace lectern
