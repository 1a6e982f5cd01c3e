#include "tensor/heap.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace lectern {
namespace {

constexpr std::int64_t alignment = 64;
constexpr std::int64_t huge_page = std::int64_t{2} << 20;
constexpr std::int64_t growth = 16 * huge_page;

constexpr std::int64_t round_up(std::int64_t bytes, std::int64_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

// Under the address sanitizer, whoever writes beyond a tensor steps on bytes that nobody may touch.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::int64_t guard = alignment;
void allow(std::byte* block, std::int64_t bytes) { __asan_unpoison_memory_region(block, bytes); }
void forbid(std::byte* block, std::int64_t bytes) { __asan_poison_memory_region(block, bytes); }
#else
constexpr std::int64_t guard = 0;
void allow(std::byte*, std::int64_t) {}
void forbid(std::byte*, std::int64_t) {}
#endif

constexpr std::int64_t block_size(std::int64_t bytes) {
  return round_up(std::max<std::int64_t>(1, bytes), alignment) + guard;
}

}  // namespace

Heap::Heap() {
  capacity_ = round_up(sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), huge_page);
  for (; capacity_ >= growth; capacity_ /= 2) {  // the user may have limited the address space
    void* range = mmap(nullptr, static_cast<std::size_t>(capacity_), PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) continue;
    base_ = static_cast<std::byte*>(range);
    madvise(base_, static_cast<std::size_t>(capacity_), MADV_HUGEPAGE);
    return;
  }
  capacity_ = 0;
}

Heap::~Heap() {
  if (base_) munmap(base_, static_cast<std::size_t>(capacity_));
}

std::byte* Heap::allocate(std::int64_t bytes) {
  const std::int64_t size = block_size(bytes);
  auto fit = by_size_.lower_bound({size, 0});
  if (fit == by_size_.end()) {
    if (!grow(size)) return nullptr;
    fit = by_size_.lower_bound({size, 0});
  }
  const auto [free_size, begin] = *fit;
  remove_free(begin, free_size);
  if (free_size > size) add_free(begin + size, free_size - size);
  allow(base_ + begin, bytes);
  return base_ + begin;
}

void Heap::free(std::byte* block, std::int64_t bytes) {
  const std::int64_t size = block_size(bytes);
  forbid(block, size);
  add_free(block - base_, size);
}

/// Moves the end until the last free block has `size` bytes.
bool Heap::grow(std::int64_t size) {
  std::int64_t last = end_;  // where that block begins
  if (!size_by_begin_.empty()) {
    const auto [begin, free_size] = *size_by_begin_.rbegin();
    if (begin + free_size == end_) last = begin;
  }
  if (size > capacity_ - last) return false;
  const std::int64_t new_end = last + size;
  if (new_end > usable_) {
    const std::int64_t more = std::min(round_up(new_end, growth), capacity_) - usable_;
    if (mprotect(base_ + usable_, static_cast<std::size_t>(more), PROT_READ | PROT_WRITE) != 0)
      return false;
    usable_ += more;
  }
  forbid(base_ + end_, new_end - end_);
  add_free(end_, new_end - end_);
  end_ = new_end;
  return true;
}

/// Joins a block to its free neighbours.
void Heap::add_free(std::int64_t begin, std::int64_t size) {
  const auto after = size_by_begin_.lower_bound(begin);
  if (after != size_by_begin_.end() && after->first == begin + size) {
    const auto [next_begin, next_size] = *after;
    remove_free(next_begin, next_size);
    size += next_size;
  }
  const auto next = size_by_begin_.lower_bound(begin);
  if (next != size_by_begin_.begin()) {
    const auto [previous_begin, previous_size] = *std::prev(next);
    if (previous_begin + previous_size == begin) {
      remove_free(previous_begin, previous_size);
      begin = previous_begin;
      size += previous_size;
    }
  }
  size_by_begin_.emplace(begin, size);
  by_size_.emplace(size, begin);
}

void Heap::remove_free(std::int64_t begin, std::int64_t size) {
  size_by_begin_.erase(begin);
  by_size_.erase({size, begin});
}

void Heap::trim() {
  const std::int64_t page = sysconf(_SC_PAGESIZE);
  for (const auto& [begin, size] : size_by_begin_) {
    const std::int64_t first = round_up(begin, page), last = (begin + size) / page * page;
    if (first < last)
      madvise(base_ + first, static_cast<std::size_t>(last - first), MADV_DONTNEED);
  }
  if (size_by_begin_.empty()) return;
  const auto [begin, size] = *size_by_begin_.rbegin();
  if (begin + size != end_) return;
  remove_free(begin, size);
  end_ = begin;
}

}  // namespace lectern
