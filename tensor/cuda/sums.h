#pragma once

#include <algorithm>

#include "tensor/cuda/loops.h"

namespace lectern {

// Long sums on a GPU. Blocks add up shares whose limits depend on the extents alone, and a second
// launch adds the shares: no atomics, and the same bits every time.

/// store(b, Σ term(i)) for the share of every block b.
template <class Term, class Store>
__global__ void sum_shares(std::int64_t count, Term term, Store store) {
  SHARED(double, slots, [warp_size]);
  const std::int64_t stride = std::int64_t{gridDim.x} * blockDim.x;
  double mine = 0;
  for (std::int64_t i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += stride)
    mine += static_cast<double>(term(i));
  const double sum = block_join(mine, 0.0, slots, Add{});
  if (threadIdx.x == 0) store(blockIdx.x, sum);
}

/// Σ term(i), i = 0 … count−1, in double precision: `store(0, sum)` is called on the device.
template <class Term, class Store>
void sum_all(Cuda device, std::int64_t count, const Term& term, const Store& store) {
  constexpr std::int64_t terms_of_a_block = 4096, most_blocks = 1024;
  const std::int64_t blocks =
      std::clamp<std::int64_t>(divide_up(count, terms_of_a_block), 1, most_blocks);
  const LaunchShape one_block{.blocks = dim3(1), .threads = dim3(block_threads)};
  if (blocks == 1)
    return launch_kernel<sum_shares<Term, Store>>(device, one_block, count, term, store);
  Tensor shares({blocks}, DType::f64, {Device::Kind::cuda, device.index});
  double* share = shares.device_data<double>();
  const auto keep = [=] __device__(std::int64_t i, double sum) { share[i] = sum; };
  const auto kept = [=] __device__(std::int64_t i) { return share[i]; };
  launch_kernel<sum_shares<Term, decltype(keep)>>(
      device, {.blocks = dim3(static_cast<unsigned>(blocks)), .threads = dim3(block_threads)},
      count, term, keep);
  launch_kernel<sum_shares<decltype(kept), Store>>(device, one_block, blocks, kept, store);
}

/// Two sums taken at once.
template <class T>
struct TwoSums {
  T first, second;
  __device__ TwoSums operator+(const TwoSums& other) const {
    return {first + other.first, second + other.second};
  }
};

/// Numbers `[outer, extent, inner]`, to be summed along `extent` in shares of `height`.
struct Columns {
  std::int64_t outer, extent, inner, height = 1;

  __host__ __device__ std::int64_t shares() const {
    return extent > height ? (extent + height - 1) / height : 1;
  }
};

constexpr int tile_width = 32, tile_height = 8;

/// One block sums a share of 32 neighbouring columns, and calls
/// `store((outer · shares + share) · inner + column, Σ term(outer · extent + row, column))`.
template <class Value, class Term, class Store>
__global__ void sum_columns(Columns x, Term term, Store store) {
  SHARED(Value, partial, [tile_height][tile_width]);
  const std::int64_t tiles = divide_up(x.inner, tile_width), block = blockIdx.x / tiles;
  const std::int64_t column = blockIdx.x % tiles * tile_width + threadIdx.x;
  const std::int64_t outer = block / x.shares(), begin = block % x.shares() * x.height;
  const std::int64_t end = min(begin + x.height, x.extent);
  Value sum{};
  if (column < x.inner)
    for (std::int64_t row = begin + threadIdx.y; row < end; row += tile_height)
      sum = sum + term(outer * x.extent + row, column);
  partial[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y == 0 && column < x.inner) {
    for (int y = 1; y < tile_height; ++y) sum = sum + partial[y][threadIdx.x];
    store(block * x.inner + column, sum);
  }
}

template <class Value, class Term, class Store>
void launch_sum_columns(Cuda device, const Columns& x, const Term& term, const Store& store) {
  const std::int64_t blocks = x.outer * x.shares() * divide_up(x.inner, tile_width);
  launch_kernel<sum_columns<Value, Term, Store>>(
      device,
      {.blocks = dim3(static_cast<unsigned>(blocks)), .threads = dim3(tile_width, tile_height)}, x,
      term, store);
}

/// Sums along `extent`: `term(outer · extent + row, column)` gives the numbers, and the device
/// calls `store(outer · inner + column, sum)`. `Value` is float, double or TwoSums.
template <class Value, class Term, class Store>
void sum_along(Cuda device, Columns x, const Term& term, const Store& store) {
  constexpr std::int64_t least_height = 64, most_shares = 128;
  if (x.outer * x.inner == 0) return;
  x.height = std::max(least_height, divide_up(x.extent, most_shares));
  if (x.shares() == 1) return launch_sum_columns<Value>(device, x, term, store);
  const Columns shares{x.outer, x.shares(), x.inner, x.shares()};
  const Memory memory =
      allocate(shares.outer * shares.extent * shares.inner * std::int64_t{sizeof(Value)},
               {Device::Kind::cuda, device.index});
  Value* share = static_cast<Value*>(memory.get());
  launch_sum_columns<Value>(device, x, term,
                            [=] __device__(std::int64_t i, const Value& sum) { share[i] = sum; });
  launch_sum_columns<Value>(
      device, shares,
      [=] __device__(std::int64_t row, std::int64_t column) {
        return share[row * shares.inner + column];
      },
      store);
}

}  // namespace lectern
