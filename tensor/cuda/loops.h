#pragma once

#include <algorithm>

#include "tensor/cuda/kernel.h"

namespace lectern {

// What the CUDA kernels share: loops over elements, and joining numbers across a warp or a block.

constexpr int warp_size = 32;
constexpr unsigned whole_warp = 0xffffffffu;
/// Threads of a block where nothing speaks for another number.
constexpr int block_threads = 256;

constexpr std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Blocks for a loop of so many steps, one a thread; beyond a few thousand blocks every thread takes
/// several steps.
inline dim3 blocks_for(std::int64_t steps) {
  return dim3(
      static_cast<unsigned>(std::clamp<std::int64_t>(divide_up(steps, block_threads), 1, 4096)));
}

template <class Formula>
__global__ void each_element(std::int64_t count, Formula formula) {
  const std::int64_t stride = std::int64_t{gridDim.x} * blockDim.x;
  for (std::int64_t i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += stride)
    formula(i);
}

/// Calls `formula(i)` for i = 0 … count−1, one thread each:
/// `for_each_element(device, n, [=] __device__(std::int64_t i) { y[i] = 2 * x[i]; });`
template <class Formula>
void for_each_element(Cuda device, std::int64_t count, const Formula& formula) {
  if (count == 0) return;
  launch_kernel<each_element<Formula>>(
      device, {.blocks = blocks_for(count), .threads = dim3(block_threads)}, count, formula);
}

/// Joins one number of every lane; all lanes get the result. A butterfly: after step o, lanes whose
/// numbers differ only in the bits handled so far agree.
template <class T, class Join>
__device__ T warp_join(T value, const Join& join) {
  for (int offset = warp_size / 2; offset > 0; offset /= 2)
    value = join(value, __shfl_xor_sync(whole_warp, value, offset));
  return value;
}

/// Joins one number of every thread of a block of whole warps; all threads get the result.
/// \param slots  shared memory for 32 numbers. It may be used again after the block's next barrier.
template <class T, class Join>
__device__ T block_join(T value, T neutral, T* slots, const Join& join) {
  value = warp_join(value, join);
  const unsigned warp = threadIdx.x / warp_size, lane = threadIdx.x % warp_size;
  if (lane == 0) slots[warp] = value;
  __syncthreads();
  return warp_join(lane < blockDim.x / warp_size ? slots[lane] : neutral, join);
}

struct Add {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a + b;
  }
};
struct Larger {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a < b ? b : a;
  }
};

}  // namespace lectern
