#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

namespace lectern {

/// One range of addresses from which the memory of tensors is cut.
///
/// A request takes the smallest free block that is large enough; the rest of the block stays free,
/// and neighbouring free blocks become one. So batches of different shapes share the same memory,
/// and a training step, which frees all that it has taken, leaves one large block behind. Touched
/// pages are kept: the system's fresh ones cost six times as much as a write to memory.
/// Cost: O(log blocks) a call. Not thread-safe.
class Heap {
 public:
  /// Reserves addresses, no memory, for as much as the machine has.
  Heap();
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  /// A block aligned to 64 bytes; null when the system has no more.
  std::byte* allocate(std::int64_t bytes);
  void free(std::byte* block, std::int64_t bytes);

  /// Gives the pages of free blocks back to the system.
  void trim();
  /// From the first block to the end of the last one, free blocks between them included.
  std::int64_t extent() const { return end_; }

 private:
  bool grow(std::int64_t bytes);
  void add_free(std::int64_t begin, std::int64_t size);
  void remove_free(std::int64_t begin, std::int64_t size);

  std::byte* base_ = nullptr;
  std::int64_t capacity_ = 0;
  std::int64_t usable_ = 0;  // readable and writable up to here
  std::int64_t end_ = 0;     // in use or free up to here; untouched beyond
  std::map<std::int64_t, std::int64_t> size_by_begin_;  // of the free blocks
  std::set<std::pair<std::int64_t, std::int64_t>> by_size_;  // {size, begin}
};

}  // namespace lectern
