#pragma once

#include "attention/ops/fused/attend_cuda.h"
#include "attention/ops/linear/attend_linear.h"

namespace lectern {

// What the kernels of linear attention share: tiles of tokens in shared memory, and their products.
// Steps: attend_linear_cuda.cu.

constexpr int linear_tokens = 32;  // of a tile
constexpr int linear_rows = 4;     // of a tile, that one warp calculates
constexpr int linear_threads = linear_tokens / linear_rows * warp_size;

/// What all kernels are given.
template <class T>
struct LinearInputs {
  AttendArguments<T> in;
  PrefixMasks masks;
  const T *output, *d_output, *normalizers;  ///< only in the backward pass

  __host__ __device__ std::int32_t width() const { return in.d_head + 1; }
};

/// The tile that a block works on: tokens first … of one head, of which `real` are keys.
struct LinearTile {
  HeadIndex index;
  std::int32_t number, first, real;
};

template <class T>
__device__ LinearTile tile_of_block(const LinearInputs<T>& x, std::int32_t length) {
  const std::int32_t tiles = (length + linear_tokens - 1) / linear_tokens;
  const auto head = static_cast<std::int32_t>(blockIdx.x / tiles);
  const auto number = static_cast<std::int32_t>(blockIdx.x % tiles);
  const HeadIndex index{head / x.in.heads, head % x.in.heads, x.in.heads};
  const std::int32_t first = number * linear_tokens;
  return {index, number, first, x.masks.program(index.batch, index.head).real_keys - first};
}

template <class T>
__device__ T linear_feature(T x) {
  return x > T{} ? x + T{1} : exp(x);
}

/// A tile of rows in shared memory, `[token, d_head + 1]`.
template <class T>
struct SharedRows {
  T* first;
  std::int32_t stride;

  __device__ T& at(int row, int column) const { return first[row * stride + column]; }
};

/// Part `which` of the block's shared memory.
template <class T>
__device__ SharedRows<T> shared_rows(T* shared, const LinearInputs<T>& x, int which) {
  return {shared + which * linear_tokens * x.width(), x.width()};
}

template <class T>
std::size_t linear_shared_bytes(const LinearInputs<T>& x, int tiles) {
  return sizeof(T) * linear_tokens * (tiles * x.width() + linear_tokens + 1);
}

/// φ of `count` rows, zero below.
template <class T>
__device__ void load_features(HeadRows<const T> rows, std::int32_t first, std::int32_t count,
                              std::int32_t d_head, SharedRows<T> tile) {
  for (int i = threadIdx.x; i < linear_tokens * d_head; i += blockDim.x) {
    const int row = i / d_head, column = i % d_head;
    tile.at(row, column) = row < count ? linear_feature(rows.row(first + row)[column]) : T{};
  }
}

/// [v, 1] of `count` rows, zero below.
template <class T>
__device__ void load_values(HeadRows<const T> rows, std::int32_t first, std::int32_t count,
                            std::int32_t d_head, SharedRows<T> tile) {
  for (int i = threadIdx.x; i < linear_tokens * tile.stride; i += blockDim.x) {
    const int row = i / tile.stride, column = i % tile.stride;
    tile.at(row, column) = row >= count       ? T{}
                           : column == d_head ? T{1}
                                              : rows.row(first + row)[column];
  }
}

/// [do/D, −do·o/D] of the tile's queries, zero below. One warp a row.
template <class T>
__device__ void load_derivatives(const LinearInputs<T>& x, const LinearTile& tile,
                                 SharedRows<T> target) {
  const auto o = rows_of_head(x.output, tile.index, x.in.query, x.in.d_head);
  const auto d_o = rows_of_head(x.d_output, tile.index, x.in.query, x.in.d_head);
  const int lane = threadIdx.x % warp_size;
  for (int row = threadIdx.x / warp_size; row < linear_tokens; row += blockDim.x / warp_size) {
    const std::int32_t query = tile.first + row;
    const bool there = query < x.in.query;
    const T factor = there ? 1 / x.normalizers[tile.index.row() * x.in.query + query] : T{};
    T product{};
    for (int c = lane; c < x.in.d_head; c += warp_size) {
      const T derivative = there ? d_o.row(query)[c] : T{};
      product += derivative * (there ? o.row(query)[c] : T{});
      target.at(row, c) = factor * derivative;
    }
    product = warp_join(product, Add{});
    if (lane == 0) target.at(row, x.in.d_head) = -factor * product;
  }
}

/// sums[r] += Σ_p left(r, p) · right(p)
template <class T, class Left, class Right>
__device__ void add_products(T (&sums)[linear_rows], int depth, const Left& left,
                             const Right& right) {
  for (int p = 0; p < depth; ++p) {
    const T factor = right(p);
#pragma unroll
    for (int r = 0; r < linear_rows; ++r) sums[r] += left(r, p) * factor;
  }
}

/// scores[i][j] = a_i · b_j where `visible(i, j)`, else 0.
template <class T, class Visible>
__device__ void multiply_pairs(SharedRows<T> a, SharedRows<T> b, int depth, SharedRows<T> scores,
                               const Visible& visible) {
  const int row = threadIdx.x / warp_size * linear_rows, lane = threadIdx.x % warp_size;
  T sums[linear_rows] = {};
  add_products(
      sums, depth, [&](int r, int p) { return a.at(row + r, p); },
      [&](int p) { return b.at(lane, p); });
  for (int r = 0; r < linear_rows; ++r)
    scores.at(row + r, lane) = visible(row + r, lane) ? sums[r] : T{};
}

/// Adds up aᵀ b, `[d_head, d_head + 1]`, over the tokens of a tile.
template <class T>
__device__ void sum_outer_products(SharedRows<T> a, SharedRows<T> b, std::int32_t d_head,
                                   T* state) {
  const int warp = threadIdx.x / warp_size, lane = threadIdx.x % warp_size;
  for (int row = warp * linear_rows; row < d_head; row += linear_tokens)
    for (int column = lane; column < b.stride; column += warp_size) {
      T sums[linear_rows] = {};
      add_products(
          sums, linear_tokens, [&](int r, int p) { return a.at(p, min(row + r, d_head - 1)); },
          [&](int p) { return b.at(p, column); });
      for (int r = 0; r < linear_rows && row + r < d_head; ++r)
        state[(row + r) * b.stride + column] = sums[r];
    }
}

/// Where tile `number` of a head keeps its sums.
template <class T>
__device__ T* state_of_tile(const LinearInputs<T>& x, T* states, const LinearTile& tile,
                            std::int32_t length) {
  const std::int64_t tiles = (length + linear_tokens - 1) / linear_tokens;
  const std::int64_t size = std::int64_t{x.in.d_head} * x.width();
  return states + (tile.index.row() * tiles + (x.masks.causal ? tile.number : 0)) * size;
}

}  // namespace lectern
