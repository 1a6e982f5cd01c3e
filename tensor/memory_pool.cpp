#include "tensor/memory_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace lectern {
namespace {

/// Tells AddressSanitizer which part of a slab belongs to a tensor: without that, reading past the
/// end of one tensor would look like reading the next.
void allow_access([[maybe_unused]] void* block, [[maybe_unused]] std::int64_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(block, static_cast<std::size_t>(bytes));
#endif
}
void forbid_access([[maybe_unused]] void* block, [[maybe_unused]] std::int64_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_poison_memory_region(block, static_cast<std::size_t>(bytes));
#endif
}

/// Enough for the small tensors of many steps, or one large one.
constexpr std::int64_t smallest_slab = 16 * MemoryPool::huge_page;

std::int64_t round_up(std::int64_t bytes, std::int64_t unit) {
  return (std::max<std::int64_t>(bytes, 1) + unit - 1) / unit * unit;
}

}  // namespace

MemoryPool::~MemoryPool() {
  for (const auto& [slab, bytes] : slabs_) {
    allow_access(slab, bytes);
    std::free(slab);
  }
}

void* MemoryPool::take(std::int64_t requested) {
  const std::int64_t bytes = round_up(requested, alignment);
  auto fit = free_.lower_bound({bytes, nullptr});
  if (fit == free_.end()) {
    if (!add_slab(bytes)) return nullptr;
    fit = free_.lower_bound({bytes, nullptr});
  }
  const auto block = blocks_.find(fit->second);
  set_used(block);
  if (const std::int64_t rest = block->second.bytes - bytes; rest > 0) {
    block->second.bytes = bytes;
    set_free(blocks_.emplace(block->first + bytes, Block{rest, block->second.slab, true}).first);
  }
  allow_access(block->first, requested);
  return block->first;
}

void MemoryPool::give_back(void* memory) {
  auto block = blocks_.find(static_cast<std::byte*>(memory));
  forbid_access(block->first, block->second.bytes);
  set_free(block);
  join_with_next(block);
  if (block != blocks_.begin()) join_with_next(std::prev(block));
}

void MemoryPool::release() {
  for (auto slab = slabs_.begin(); slab != slabs_.end();) {
    const auto block = blocks_.find(slab->first);
    if (!block->second.free || block->second.bytes != slab->second) {
      ++slab;
      continue;
    }
    free_.erase({block->second.bytes, block->first});
    blocks_.erase(block);
    reserved_ -= slab->second;
    allow_access(slab->first, slab->second);
    std::free(slab->first);
    slab = slabs_.erase(slab);
  }
}

bool MemoryPool::add_slab(std::int64_t bytes) {
  const std::int64_t size = round_up(std::max(bytes, smallest_slab), huge_page);
  auto* slab = static_cast<std::byte*>(std::aligned_alloc(huge_page, size));
  if (slab == nullptr) return false;
  madvise(slab, size, MADV_HUGEPAGE);
  forbid_access(slab, size);
  slabs_.emplace(slab, size);
  reserved_ += size;
  set_free(blocks_.emplace(slab, Block{size, slab, true}).first);
  return true;
}

void MemoryPool::set_free(Blocks::iterator block) {
  block->second.free = true;
  free_.insert({block->second.bytes, block->first});
}

void MemoryPool::set_used(Blocks::iterator block) {
  block->second.free = false;
  free_.erase({block->second.bytes, block->first});
}

/// Makes one block of two that are free, lie side by side, and are of one slab.
void MemoryPool::join_with_next(Blocks::iterator block) {
  const auto next = std::next(block);
  if (next == blocks_.end() || !block->second.free || !next->second.free) return;
  if (block->second.slab != next->second.slab) return;
  set_used(block);
  set_used(next);
  block->second.bytes += next->second.bytes;
  blocks_.erase(next);
  set_free(block);
}

}  // namespace lectern
