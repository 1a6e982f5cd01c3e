#include "tensor/device.h"

#include <algorithm>
#include <mutex>
#include <ostream>
#include <utility>

#include "tensor/check.h"
#include "tensor/cuda/memory.h"
#include "tensor/has_cuda.h"
#include "tensor/memory_pool.h"
#include "tensor/memory_watch.h"
#include "tensor/out_of_memory.h"

namespace lectern {
namespace {

constinit Device standard_device = cpu;

/// The host's memory pool, shared by all threads, and what is known about it.
class HostCache {
 public:
  /// Never destroyed: tensors with static lifetime may outlive any other static object.
  static HostCache& instance() {
    static HostCache* cache = new HostCache;
    return *cache;
  }

  /// The owner is made without the lock: where there is no memory for it, it gives the block back.
  Memory allocate(std::int64_t bytes) {
    return Memory(take(bytes), [this, bytes](void* memory) {
      std::lock_guard lock(mutex_);
      pool_.give_back(memory);
      in_use_ -= bytes;
      tell(listener_, {memory, -bytes, in_use_});
    });
  }

  void release() {
    std::lock_guard lock(mutex_);
    pool_.release();
  }

  MemoryStatistics statistics() {
    std::lock_guard lock(mutex_);
    return {.in_use = in_use_, .high_water = high_water_, .reserved = pool_.reserved()};
  }

  void reset_high_water() {
    std::lock_guard lock(mutex_);
    high_water_ = in_use_;
  }

  const MemoryWatch::Listener* listen(const MemoryWatch::Listener* listener) {
    std::lock_guard lock(mutex_);
    return std::exchange(listener_, listener);
  }

 private:
  void* take(std::int64_t bytes) {
    std::lock_guard lock(mutex_);
    void* block = pool_.take(bytes);
    if (block == nullptr) {  // what the cache holds may be just what is missing
      pool_.release();
      block = pool_.take(bytes);
    }
    if (block == nullptr) throw OutOfMemory(bytes, in_use_);
    in_use_ += bytes;
    high_water_ = std::max(high_water_, in_use_);
    tell(listener_, {block, bytes, in_use_});
    return block;
  }

  std::mutex mutex_;
  MemoryPool pool_;
  std::int64_t in_use_ = 0;
  std::int64_t high_water_ = 0;
  const MemoryWatch::Listener* listener_ = nullptr;
};

/// Asks the allocator of the device: `on_gpu(tag)` or `on_host(cache)`.
template <class OnGpu, class OnHost>
auto at_device(Device device, const OnGpu& on_gpu, const OnHost& on_host) {
  if (device.kind == Device::Kind::cuda) {
    if constexpr (has_cuda) return on_gpu(Cuda{device.index});
    fail("this build has no kernels for GPUs; configure it with -DLECTERN_DEVICE=cuda");
  }
  return on_host(HostCache::instance());
}

/// \return  who listened before
const MemoryWatch::Listener* listen(Device device, const MemoryWatch::Listener* listener) {
  return at_device(
      device, [&](Cuda gpu) { return cuda::listen(gpu, listener); },
      [&](HostCache& host) { return host.listen(listener); });
}

}  // namespace

OutOfMemory::OutOfMemory(std::int64_t bytes, std::int64_t in_use)
    : Error(text("out of memory: a tensor of ", bytes >> 20, " MiB does not fit beside ",
                 in_use >> 20, " MiB in use")) {}

Memory allocate(std::int64_t bytes, Device device) {
  return at_device(
      device, [&](Cuda gpu) { return cuda::allocate(gpu, bytes); },
      [&](HostCache& host) { return host.allocate(bytes); });
}
MemoryStatistics memory_statistics(Device device) {
  return at_device(
      device, [](Cuda gpu) { return cuda::memory_statistics(gpu); },
      [](HostCache& host) { return host.statistics(); });
}
void reset_high_water(Device device) {
  at_device(
      device, [](Cuda gpu) { cuda::reset_high_water(gpu); },
      [](HostCache& host) { host.reset_high_water(); });
}
void release_cached_memory(Device device) {
  at_device(
      device, [](Cuda gpu) { cuda::release_cached_memory(gpu); },
      [](HostCache& host) { host.release(); });
}

MemoryWatch::MemoryWatch(Device device, Listener listener)
    : device_(device), listener_(std::move(listener)), before_(listen(device, &listener_)) {}
MemoryWatch::~MemoryWatch() { listen(device_, before_); }

Device default_device() { return standard_device; }

void set_default_device(Device device) {
  allocate(0, device);  // says what is wrong when there is no such device
  standard_device = device;
}

std::ostream& operator<<(std::ostream& out, const Device& device) {
  if (device.kind == Device::Kind::cpu) return out << "cpu";
  return out << "cuda:" << device.index;
}

}  // namespace lectern
