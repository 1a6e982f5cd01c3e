#include "tensor/memory_pool.h"

#include <algorithm>
#include <iterator>

#include "tensor/platform.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace lectern {
namespace {

/// Tells AddressSanitizer which part of the range belongs to a tensor: without that, reading past the
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

/// What is made usable at a time.
constexpr std::int64_t growth = 16 * MemoryPool::huge_page;

std::int64_t round_up(std::int64_t bytes, std::int64_t unit) {
  return (std::max<std::int64_t>(bytes, 1) + unit - 1) / unit * unit;
}

}  // namespace

MemoryPool::MemoryPool() {
  capacity_ = round_up(bytes_of_memory(), growth);
  for (; capacity_ >= growth; capacity_ /= 2) {  // the user may have limited the addresses
    range_ = take_addresses(capacity_);
    if (range_ != nullptr) return;
  }
  capacity_ = 0;
}

MemoryPool::~MemoryPool() {
  if (range_ == nullptr) return;
  allow_access(range_, usable_);
  give_addresses_back(range_, capacity_);
}

void* MemoryPool::take(std::int64_t requested) {
  const std::int64_t bytes = round_up(requested, alignment);
  auto fit = free_.lower_bound({bytes, nullptr});
  if (fit == free_.end()) {
    if (!grow(bytes)) return nullptr;
    fit = free_.lower_bound({bytes, nullptr});
  }
  const auto block = blocks_.find(fit->second);
  const std::int64_t rest = block->second.bytes - bytes;
  if (rest > 0) add_free(block->first + bytes, rest);  // first, because it may throw
  set_used(block);
  block->second.bytes = bytes;
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
  const std::int64_t page = bytes_of_a_page();
  for (const auto& [bytes, block] : free_) {
    const std::int64_t first = round_up(block - range_, page);
    const std::int64_t last = (block - range_ + bytes) / page * page;
    if (first < last) forget_contents(range_ + first, last - first);
  }
  if (blocks_.empty() || !std::prev(blocks_.end())->second.free()) return;
  const auto tail = std::prev(blocks_.end());
  end_ = tail->first - range_;
  set_used(tail);
  blocks_.erase(tail);
}

/// Moves the end until the last block is free and has at least so many bytes.
bool MemoryPool::grow(std::int64_t bytes) {
  const bool tail_free = !blocks_.empty() && std::prev(blocks_.end())->second.free();
  const std::int64_t tail = tail_free ? std::prev(blocks_.end())->second.bytes : 0;
  const std::int64_t new_end = round_up(end_ - tail + bytes, huge_page);
  if (new_end > capacity_) return false;
  if (new_end > usable_) {
    const std::int64_t more = std::min(round_up(new_end, growth), capacity_) - usable_;
    if (!make_usable(range_ + usable_, more)) return false;
    usable_ += more;
  }
  const auto block = add_free(range_ + end_, new_end - end_);
  forbid_access(block->first, block->second.bytes);
  if (tail_free) join_with_next(std::prev(block));
  end_ = new_end;
  return true;
}

/// A block that is known from now on, or, when there is no memory to remember it, is not.
MemoryPool::Blocks::iterator MemoryPool::add_free(std::byte* begin, std::int64_t bytes) {
  const auto place = free_.emplace(bytes, begin).first;
  try {
    return blocks_.emplace(begin, Block{bytes, {}}).first;
  } catch (...) {
    free_.erase(place);
    throw;
  }
}

void MemoryPool::set_free(Blocks::iterator block) {
  block->second.place.value() = {block->second.bytes, block->first};
  free_.insert(std::move(block->second.place));
}

void MemoryPool::set_used(Blocks::iterator block) {
  block->second.place = free_.extract({block->second.bytes, block->first});
}

/// Makes one block of two that are free and lie side by side.
void MemoryPool::join_with_next(Blocks::iterator block) {
  const auto next = std::next(block);
  if (next == blocks_.end() || !block->second.free() || !next->second.free()) return;
  set_used(block);
  set_used(next);
  block->second.bytes += next->second.bytes;
  blocks_.erase(next);
  set_free(block);
}

}  // namespace lectern
