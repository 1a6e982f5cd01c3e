#pragma once

// What a kernel file (`*_cuda.cu`) includes. nvcc compiles it for the GPU; the host's own compiler
// compiles the same text against the emulator (tensor/cuda/emulator.h), which runs one fiber for
// every CUDA thread. Three conventions make that possible: kernels are started by launch_kernel,
// shared memory is declared by SHARED or DYNAMIC_SHARED, and no thread returns before a barrier
// that others wait at.

#if defined(__CUDACC__)
#include <cuda_runtime.h>
#else
#include "tensor/cuda/emulator.h"
#endif

#include <cstddef>
#include <cstdint>

#include "tensor/cuda/kernel_name.h"
#include "tensor/tensor.h"

namespace lectern {

/// How many blocks of how many threads, and how much shared memory each block gets beside what it
/// declares.
struct LaunchShape {
  dim3 blocks;
  dim3 threads;
  std::size_t shared_bytes = 0;
};

#if defined(__CUDACC__)

namespace cuda {
cudaStream_t stream_of(Cuda device);
/// Throws an Error with the kernel's name when the last launch was refused.
void check_launch(const char* kernel);
/// Lets a kernel have more than 48 KiB of shared memory.
void allow_shared_memory(const void* kernel, std::size_t bytes);
}  // namespace cuda

/// Starts `kernel(arguments…)` on the device's stream: `launch_kernel<softmax_rows<T>>(device,
/// {.blocks = rows, .threads = 256}, …)`.
template <auto kernel, class... Arguments>
void launch_kernel(Cuda device, const LaunchShape& shape, const Arguments&... arguments) {
  if (shape.shared_bytes > 48 * 1024)
    cuda::allow_shared_memory(reinterpret_cast<const void*>(kernel), shape.shared_bytes);
  kernel<<<shape.blocks, shape.threads, shape.shared_bytes, cuda::stream_of(device)>>>(
      arguments...);
  cuda::check_launch(__PRETTY_FUNCTION__);
}

/// `SHARED(float, tile, [16][17]);` declares `float tile[16][17]`, shared by a block.
#define SHARED(type, name, extents) __shared__ type name extents
/// `DYNAMIC_SHARED(float, tile);` declares `float* tile`, the launch's shared_bytes.
#define DYNAMIC_SHARED(type, name)                                        \
  extern __shared__ __align__(16) unsigned char lectern_dynamic_shared[]; \
  type* const name = reinterpret_cast<type*>(lectern_dynamic_shared)

#else

template <auto kernel, class... Arguments>
void launch_kernel(Cuda, const LaunchShape& shape, const Arguments&... arguments) {
  static const std::string name = cuda::kernel_name(__PRETTY_FUNCTION__);
  emulator::launch(name.c_str(), kernel, shape.blocks, shape.threads, shape.shared_bytes,
                   arguments...);
}

#define SHARED(type, name, extents)        \
  static const char name##_key = 0;        \
  using name##_type = type extents;        \
  auto& name = *static_cast<name##_type*>( \
      ::lectern::emulator::shared_memory(&name##_key, sizeof(name##_type)))
#define DYNAMIC_SHARED(type, name) \
  type* const name = static_cast<type*>(::lectern::emulator::dynamic_shared_memory())

#endif

}  // namespace lectern
