#pragma once

#include <limits>

#include "tensor/cuda/loops.h"

namespace lectern {

// What the CUDA kernels that work along rows share: which threads work on a row, and sums along it.

/// Rows up to this width get one warp each, eight of them a block; wider ones a whole block.
constexpr std::int64_t widest_row_of_a_warp = 1024;

inline LaunchShape threads_for_rows(std::int64_t rows, std::int64_t width) {
  const unsigned across = width <= widest_row_of_a_warp ? warp_size : block_threads;
  const unsigned down = block_threads / across;
  return {.blocks = dim3(static_cast<unsigned>(divide_up(rows, down))),
          .threads = dim3(across, down)};
}

/// Starts `kernel(rows, width, arguments…)`.
template <auto kernel, class... Arguments>
void launch_rows(Cuda device, std::int64_t rows, std::int64_t width,
                 const Arguments&... arguments) {
  if (rows > 0)
    launch_kernel<kernel>(device, threads_for_rows(rows, width), rows, width, arguments...);
}

/// The row of this thread. In the last block some warps may find none: they can leave, because
/// rows that share a block never wait for each other.
__device__ inline std::int64_t row_of_thread() {
  return std::int64_t{blockIdx.x} * blockDim.y + threadIdx.y;
}

/// Calls `body(i)` for every column i, spread over the threads of the row.
template <class Body>
__device__ void for_each_column(std::int64_t width, const Body& body) {
  for (std::int64_t i = threadIdx.x; i < width; i += blockDim.x) body(i);
}

/// Joins one number of every thread of a row; all of them get the result.
/// \param slots  as for block_join
template <class T, class Join>
__device__ T join_row(T value, T neutral, T* slots, const Join& join) {
  return blockDim.x == warp_size ? warp_join(value, join) : block_join(value, neutral, slots, join);
}

struct Smaller {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return b < a ? b : a;
  }
};

/// Σ term(i) over the columns.
template <class T, class Term>
__device__ T sum_of_row(std::int64_t width, T* slots, const Term& term) {
  T mine{0};
  for_each_column(width, [&](std::int64_t i) { mine += term(i); });
  return join_row(mine, T{0}, slots, Add{});
}

/// Σ e^{x − max} over the numbers seen so far, in one pass: whenever a larger number comes, the sum
/// is rescaled (Milakov and Gimelshein 2018, algorithm 3). Of nothing, or of −∞ alone, the sum is 0
/// and the largest number counts as the lowest finite one, so that no ∞ − ∞ arises.
template <class T>
struct Exponentials {
  T max = std::numeric_limits<T>::lowest(), sum = 0;

  __device__ void add(T x) {
    if (x > max) {
      sum *= ::exp(max - x);
      max = x;
    }
    sum += ::exp(x - max);
  }
};

/// Joins the threads of a row.
template <class T>
__device__ Exponentials<T> join_row(const Exponentials<T>& mine, T (*slots)[warp_size]) {
  Exponentials<T> all;
  all.max = join_row(mine.max, mine.max, slots[0], Larger{});
  all.sum = join_row(mine.sum * ::exp(mine.max - all.max), T{0}, slots[1], Add{});
  return all;
}

/// \param slots  shared memory, `[2][warp_size]`
template <class T>
__device__ Exponentials<T> exponentials_of_row(std::int64_t width, const T* x,
                                               T (*slots)[warp_size]) {
  Exponentials<T> mine;
  for_each_column(width, [&](std::int64_t i) { mine.add(x[i]); });
  return join_row(mine, slots);
}

}  // namespace lectern
