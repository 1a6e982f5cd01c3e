#pragma once

#include "tensor/device.h"
#include "tensor/memory_watch.h"

namespace lectern::cuda {

// A GPU's memory for tensors. Blocks that are given back are kept for the next tensor of about
// their size, since asking the driver takes longer than many a kernel; they can be used again at
// once, because all work is ordered on one stream. With LECTERN_ALLOCATOR=direct in the environment
// every block comes from the device and goes back to it, so that a checker of memory sees each of
// them (the emulator's default; `cached` chooses the cache there).

/// Throws OutOfMemory; the device stays usable.
Memory allocate(Cuda device, std::int64_t bytes);

MemoryStatistics memory_statistics(Cuda device);
void reset_high_water(Cuda device);
void release_cached_memory(Cuda device);
/// Tells `listener` of every block from now on; null: nobody. Returns who listened before.
const MemoryWatch::Listener* listen(Cuda device, const MemoryWatch::Listener* listener);

/// The blocks that captured graphs work in. What is allocated or given back while the arena is
/// open belongs to it until it is destroyed: nobody else gets memory that a replay writes to.
class MemoryArena {
 public:
  explicit MemoryArena(Cuda device);
  ~MemoryArena();
  MemoryArena(const MemoryArena&) = delete;
  MemoryArena& operator=(const MemoryArena&) = delete;

  /// The arena is open as long as this lives. One at a time can be open on a device.
  class Opened {
   public:
    explicit Opened(const MemoryArena& arena);
    ~Opened();
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;

   private:
    Cuda device_;
  };

 private:
  Cuda device_;
  std::shared_ptr<struct FreeBlocks> blocks_;
};

}  // namespace lectern::cuda
