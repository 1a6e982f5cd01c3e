#include "tensor/cuda/memory.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tensor/cuda/device_layer.h"
#include "tensor/out_of_memory.h"

namespace lectern::cuda {

/// Blocks that nobody uses, by size.
struct FreeBlocks {
  std::multimap<std::int64_t, void*> by_size;

  /// The smallest block that fits and wastes at most a quarter of itself, with its size; or null.
  std::pair<std::int64_t, void*> take(std::int64_t bytes) {
    const auto block = by_size.lower_bound(bytes);
    if (block == by_size.end() || block->first - bytes > block->first / 4) return {0, nullptr};
    const std::pair<std::int64_t, void*> taken = *block;
    by_size.erase(block);
    return taken;
  }
};

namespace {

/// Sizes in few classes, so that a block fits many tensors.
std::int64_t rounded(std::int64_t bytes) {
  constexpr std::int64_t small = 512, large = std::int64_t{2} << 20;
  const std::int64_t unit = bytes < large / 2 ? small : large;
  return std::max<std::int64_t>(1, (bytes + unit - 1) / unit) * unit;
}

bool is_direct() {
  const char* choice = std::getenv("LECTERN_ALLOCATOR");
  if (choice == nullptr) return is_emulated();
  check(std::string(choice) == "direct" || std::string(choice) == "cached",
        [&] { return text("LECTERN_ALLOCATOR is '", choice, "', expected direct or cached"); });
  return std::string(choice) == "direct";
}

/// The memory of one GPU, shared by all threads.
class DeviceCache {
 public:
  explicit DeviceCache(Cuda device) : device_(device), direct_(is_direct()) {}

  /// The owner is made without the lock: where there is no memory for it, it gives the block back.
  Memory allocate(std::int64_t bytes) {
    const Taken taken = take(bytes);
    return Memory(taken.memory, [this, bytes, size = taken.size, arena = taken.arena](void* used) {
      std::lock_guard lock(mutex_);
      in_use_ -= bytes;
      tell(listener_, {used, -bytes, in_use_});
      const std::shared_ptr<FreeBlocks> owner = open_arena_ ? open_arena_ : arena.lock();
      give_back(size, used, owner);
    });
  }

  void release() {
    std::lock_guard lock(mutex_);
    release_free_blocks();
  }

  MemoryStatistics statistics() {
    std::lock_guard lock(mutex_);
    return {.in_use = in_use_, .high_water = high_water_, .reserved = reserved_};
  }

  void reset_high_water() {
    std::lock_guard lock(mutex_);
    high_water_ = in_use_;
  }

  const MemoryWatch::Listener* listen(const MemoryWatch::Listener* listener) {
    std::lock_guard lock(mutex_);
    return std::exchange(listener_, listener);
  }

  void open_arena(const std::shared_ptr<FreeBlocks>& arena) {
    std::lock_guard lock(mutex_);
    check(open_arena_ == nullptr,
          "a graph is being captured already; one must end before the next");
    open_arena_ = arena;
  }

  void close_arena() {
    std::lock_guard lock(mutex_);
    open_arena_ = nullptr;
  }

  void adopt(FreeBlocks& arena) {
    std::lock_guard lock(mutex_);
    for (const auto& [size, memory] : arena.by_size) give_back(size, memory, nullptr);
    arena.by_size.clear();
  }

 private:
  struct Taken {
    void* memory;
    std::int64_t size;
    std::weak_ptr<FreeBlocks> arena;
  };

  Taken take(std::int64_t bytes) {
    std::lock_guard lock(mutex_);
    const auto [size, memory] =
        take_block(direct_ ? std::max<std::int64_t>(1, bytes) : rounded(bytes));
    if (memory == nullptr) throw OutOfMemory(bytes, in_use_);
    in_use_ += bytes;
    high_water_ = std::max(high_water_, in_use_);
    tell(listener_, {memory, bytes, in_use_});
    return {memory, size, open_arena_};
  }

  std::pair<std::int64_t, void*> take_block(std::int64_t size) {
    if (!direct_) {
      if (open_arena_)
        if (const auto block = open_arena_->take(size); block.second != nullptr) return block;
      if (const auto block = free_.take(size); block.second != nullptr) return block;
    }
    void* memory = take_memory(device_, size);
    if (memory == nullptr) {  // what the cache holds may be just what is missing
      release_free_blocks();
      memory = take_memory(device_, size);
    }
    if (memory != nullptr) reserved_ += size;
    return {size, memory};
  }

  void give_back(std::int64_t size, void* memory, const std::shared_ptr<FreeBlocks>& arena) {
    if (arena)
      arena->by_size.emplace(size, memory);
    else if (!direct_)
      free_.by_size.emplace(size, memory);
    else
      return_to_device(size, memory);
  }

  void return_to_device(std::int64_t size, void* memory) {
    give_back_memory(device_, memory);
    reserved_ -= size;
  }

  void release_free_blocks() {
    for (const auto& [size, memory] : free_.by_size) return_to_device(size, memory);
    free_.by_size.clear();
  }

  Cuda device_;
  bool direct_;
  std::mutex mutex_;
  FreeBlocks free_;
  std::shared_ptr<FreeBlocks> open_arena_;  // of the graph that is being captured
  std::int64_t in_use_ = 0, high_water_ = 0, reserved_ = 0;
  const MemoryWatch::Listener* listener_ = nullptr;
};

/// Never destroyed: tensors with static lifetime may outlive any other static object.
DeviceCache& cache_of(Cuda device) {
  static auto* caches = [] {
    auto* made = new std::vector<DeviceCache*>;
    for (int index = 0; index < device_count(); ++index)
      made->push_back(new DeviceCache(Cuda{index}));
    return made;
  }();
  const auto count = static_cast<int>(caches->size());
  check(0 <= device.index && device.index < count, [&] {
    const std::string reason = why_unavailable();
    return text("there is no GPU cuda:", device.index, "; found ", count,
                reason.empty() ? "" : ": ", reason);
  });
  return *(*caches)[static_cast<std::size_t>(device.index)];
}

}  // namespace

Memory allocate(Cuda device, std::int64_t bytes) { return cache_of(device).allocate(bytes); }
MemoryStatistics memory_statistics(Cuda device) { return cache_of(device).statistics(); }
void reset_high_water(Cuda device) { cache_of(device).reset_high_water(); }
void release_cached_memory(Cuda device) { cache_of(device).release(); }
const MemoryWatch::Listener* listen(Cuda device, const MemoryWatch::Listener* listener) {
  return cache_of(device).listen(listener);
}

MemoryArena::MemoryArena(Cuda device) : device_(device), blocks_(std::make_shared<FreeBlocks>()) {}
MemoryArena::~MemoryArena() { cache_of(device_).adopt(*blocks_); }

MemoryArena::Opened::Opened(const MemoryArena& arena) : device_(arena.device_) {
  cache_of(device_).open_arena(arena.blocks_);
}
MemoryArena::Opened::~Opened() { cache_of(device_).close_arena(); }

}  // namespace lectern::cuda
