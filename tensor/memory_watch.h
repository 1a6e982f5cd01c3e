#pragma once

#include <cstdint>
#include <functional>

#include "tensor/device.h"

namespace lectern {

/// A block of tensor memory has just been taken or given back.
struct MemoryEvent {
  const void* memory;   ///< the block, for telling blocks apart
  std::int64_t bytes;   ///< as requested; negative: given back
  std::int64_t in_use;  ///< MemoryStatistics::in_use from now on
};

/// While one is alive, it is told of every block of a device's tensor memory, whatever thread takes it
/// or gives it back: a memory profile (in PyTorch: `torch.cuda.memory._record_memory_history`). Of
/// several, the latest one listens.
///
/// Its function is called with the allocator locked: it makes and frees no tensor. Without a watch, a
/// block costs one branch more.
class MemoryWatch {
 public:
  using Listener = std::function<void(const MemoryEvent&)>;

  MemoryWatch(Device device, Listener listener);
  ~MemoryWatch();
  MemoryWatch(const MemoryWatch&) = delete;
  MemoryWatch& operator=(const MemoryWatch&) = delete;

 private:
  Device device_;
  Listener listener_;
  const Listener* before_;
};

/// Of an allocator, behind its lock: tells whoever listens.
inline void tell(const MemoryWatch::Listener* listener, const MemoryEvent& event) {
  if (listener != nullptr) [[unlikely]]
    (*listener)(event);
}

}  // namespace lectern
