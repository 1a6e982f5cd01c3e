#pragma once

// Runs CUDA kernels on the host, one fiber for every CUDA thread, so that a machine without a GPU
// can execute them, under the sanitizers and in a debugger. What has kernels includes it through
// tensor/cuda/kernel.h. The story is told in docs/emulator.md.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): these are CUDA's names
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

/// Which CUDA thread runs. Set at every switch from one fiber to another: a debugger can print
/// them.
extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace lectern::emulator {

/// A line of a kernel file.
struct Place {
  const char* file = "";
  int line = 0;
};

/// Ends the launch with an Error that names the kernel, the block, the thread and the place.
[[noreturn]] void fail(const char* what);
[[noreturn]] void fail(const char* what, Place place);

/// Waits for all threads of the block.
void sync_block(Place place);
/// Waits for the lanes in `mask`. With `orders_memory`, what they wrote before is visible after.
void sync_warp(unsigned mask, bool orders_memory, Place place);

/// The running thread's number in its warp.
unsigned lane();
/// Which lanes of this warp have a thread.
unsigned existing_lanes();

/// What one lane offers the others.
struct Slot {
  std::uint64_t words[4];
};
/// Offers `mine` to the lanes in `mask` and waits for theirs: 32 slots, that stay as they are until
/// this lane's next but one exchange. Orders no memory, as on the GPU.
const Slot* exchange(unsigned mask, const Slot& mine, Place place);

/// A block's shared memory: the same address for the same key, new and full of NaN in every block.
void* shared_memory(const void* key, std::size_t bytes);
/// The launch's shared_bytes.
void* dynamic_shared_memory();

/// The thread's unfinished asynchronous copies of 16 bytes. A source of null stands for zeros.
void begin_copy(void* to, const void* from, Place place);
void commit_copies();
/// Takes the oldest copy out of the list unless it belongs to the `pending` youngest groups.
bool finish_copy(int pending, void** to, const void** from);

/// Throws unless the address is null or lies in device memory.
void check_device_pointer(const char* kernel, const void* address);
/// The same for pointers inside a struct or a lambda: its words that look like a host address.
void check_words(const char* kernel, const void* object, std::size_t bytes);

struct Launch {
  const char* kernel;
  dim3 blocks, threads;
  std::size_t shared_bytes;
  void (*body)(const void* arguments);  ///< what every thread calls
  const void* arguments;
};
/// Runs all threads of all blocks.
void run(const Launch& launch);

/// Does the work now, or keeps it for a Graph that is being recorded.
void submit(std::function<void()> work);

template <class T>
void check_argument(const char* kernel, T argument) {
  if constexpr (std::is_pointer_v<T>) {
    check_device_pointer(kernel, argument);
  } else if constexpr (std::is_class_v<T> && sizeof(T) % sizeof(void*) == 0) {
#if __has_builtin(__builtin_clear_padding)
    __builtin_clear_padding(&argument);
#endif
    check_words(kernel, &argument, sizeof(T));
  }
}

template <class... Parameters, class... Arguments>
void launch(const char* name, void (*kernel)(Parameters...), dim3 blocks, dim3 threads,
            std::size_t shared_bytes, const Arguments&... arguments) {
  using Call = std::pair<void (*)(Parameters...), std::tuple<Parameters...>>;
  submit([=, call = Call(kernel, std::tuple<Parameters...>(arguments...))] {
    std::apply([&](const auto&... argument) { (check_argument(name, argument), ...); },
               call.second);
    const auto body = [](const void* pointer) {
      const Call& called = *static_cast<const Call*>(pointer);
      std::apply(called.first, called.second);
    };
    run({name, blocks, threads, shared_bytes, body, &call});
  });
}

}  // namespace lectern::emulator

#include "tensor/cuda/emulator_intrinsics.h"
