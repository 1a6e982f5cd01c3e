#include "tensor/device.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <ostream>

#include "tensor/check.h"
#include "tensor/out_of_memory.h"

namespace lectern {
namespace {

constexpr std::int64_t alignment = 64;
constexpr std::int64_t huge_page = std::int64_t{2} << 20;

/// Sizes are rounded up to eight steps per power of two, so that batches of nearly equal shapes
/// share blocks and at most an eighth is wasted.
std::int64_t round_up(std::int64_t bytes) {
  std::int64_t step = alignment;
  while (step * 16 < bytes) step *= 2;
  return std::max(alignment, (bytes + step - 1) / step * step);
}

/// Free blocks by size. A request takes the smallest block that fits and is not much too large.
class HostCache {
 public:
  /// Never destroyed: tensors with static lifetime may outlive any other static object.
  static HostCache& instance() {
    static HostCache* cache = new HostCache;
    return *cache;
  }

  Memory allocate(std::int64_t requested) {
    const std::int64_t bytes = round_up(requested);
    std::lock_guard lock(mutex_);
    std::int64_t taken = bytes;
    void* block = nullptr;
    const auto fit = free_.lower_bound(bytes);
    if (fit != free_.end() && fit->first <= bytes + bytes / 4) {
      taken = fit->first;
      block = fit->second;
      free_.erase(fit);
    } else {
      block = take_from_system(bytes);
    }
    statistics_.in_use += requested;
    statistics_.high_water = std::max(statistics_.high_water, statistics_.in_use);
    return Memory(block, [this, taken, requested](void* p) { give_back(p, taken, requested); });
  }

  void release() {
    std::lock_guard lock(mutex_);
    release_free_blocks();
  }

  MemoryStatistics statistics() {
    std::lock_guard lock(mutex_);
    return statistics_;
  }

  void reset_high_water() {
    std::lock_guard lock(mutex_);
    statistics_.high_water = statistics_.in_use;
  }

 private:
  void* take_from_system(std::int64_t bytes) {
    const std::int64_t boundary = bytes >= huge_page ? huge_page : alignment;
    void* block = system_block(bytes, boundary);
    if (block == nullptr) {  // what the cache holds may be just what is missing
      release_free_blocks();
      block = system_block(bytes, boundary);
    }
    if (block == nullptr) throw OutOfMemory(bytes, statistics_.in_use);
    statistics_.reserved += bytes;
    return block;
  }

  static void* system_block(std::int64_t bytes, std::int64_t boundary) {
    const std::int64_t rounded = (bytes + boundary - 1) / boundary * boundary;
    void* block = std::aligned_alloc(boundary, rounded);
    if (block && boundary == huge_page) madvise(block, rounded, MADV_HUGEPAGE);
    return block;
  }

  void release_free_blocks() {
    for (const auto& [bytes, block] : free_) {
      std::free(block);
      statistics_.reserved -= bytes;
    }
    free_.clear();
  }

  void give_back(void* block, std::int64_t bytes, std::int64_t requested) {
    std::lock_guard lock(mutex_);
    free_.emplace(bytes, block);
    statistics_.in_use -= requested;
  }

  std::mutex mutex_;
  std::multimap<std::int64_t, void*> free_;
  MemoryStatistics statistics_;
};

}  // namespace

OutOfMemory::OutOfMemory(std::int64_t bytes, std::int64_t in_use)
    : Error(text("out of memory: a tensor of ", bytes >> 20, " MiB does not fit beside ",
                 in_use >> 20, " MiB in use; try a smaller batch (--batch-tokens)")) {}

Memory allocate(std::int64_t bytes, Device) { return HostCache::instance().allocate(bytes); }
MemoryStatistics memory_statistics(Device) { return HostCache::instance().statistics(); }
void reset_high_water(Device) { HostCache::instance().reset_high_water(); }
void release_cached_memory(Device) { HostCache::instance().release(); }

std::ostream& operator<<(std::ostream& out, const Device&) { return out << "cpu"; }

}  // namespace lectern
