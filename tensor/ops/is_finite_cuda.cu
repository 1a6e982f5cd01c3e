#include "tensor/cuda/loops.h"

namespace lectern {

/// x − x is 0 for a number and NaN for NaN and ±∞; a sum keeps a NaN.
/// \param sums  [block]
template <class T>
__global__ void sum_differences(std::int64_t count, const T* x, T* sums) {
  SHARED(T, slots, [warp_size]);
  const std::int64_t stride = std::int64_t{gridDim.x} * blockDim.x;
  T sum{0};
  for (std::int64_t i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += stride)
    sum += x[i] - x[i];
  sum = block_join(sum, T{0}, slots, Add{});
  if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

/// The sums of the blocks are 0 or NaN themselves, so the same kernel makes one number of them.
template <class T>
void is_finite_kernel(Cuda device, const Tensor& x, bool& finite) {
  const dim3 blocks = blocks_for(x.size());
  Tensor sums({blocks.x}, x.dtype(), x.device()), sum({}, x.dtype(), x.device());
  launch_kernel<sum_differences<T>>(device, {.blocks = blocks, .threads = dim3(block_threads)},
                                    x.size(), x.device_data<T>(), sums.device_data<T>());
  launch_kernel<sum_differences<T>>(device, {.blocks = dim3(1), .threads = dim3(block_threads)},
                                    sums.size(), sums.device_data<T>(), sum.device_data<T>());
  finite = sum.item<T>() == T{0};
}

template void is_finite_kernel<float>(Cuda, const Tensor&, bool&);
template void is_finite_kernel<double>(Cuda, const Tensor&, bool&);

}  // namespace lectern
