#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>

namespace lectern {

/// Blocks of host memory, cut from one range of addresses and joined again.
///
/// A request takes the smallest free block that fits and leaves the rest of it free; a block that is
/// given back is joined with its free neighbours. So tensors of any sequence of shapes share the same
/// pages, and the range grows little beyond the most that was ever in use at once: it has no seams
/// that a large tensor cannot cross. (Best fit with immediate coalescing: Knuth, The Art of Computer
/// Programming, volume 1, §2.5.)
/// Cost: O(log blocks). Not thread-safe. Where its own bookkeeping finds no memory, it throws
/// std::bad_alloc and is as before; giving back needs none and never throws.
class MemoryPool {
 public:
  /// Blocks are aligned to this, and their sizes are multiples of it.
  static constexpr std::int64_t alignment = 64;
  /// The range grows by whole huge pages, so that touching it costs few page faults.
  static constexpr std::int64_t huge_page = std::int64_t{2} << 20;

  /// Sets addresses aside, but no memory, for as much as the machine has.
  MemoryPool();
  /// Takes the blocks that are still in use along.
  ~MemoryPool();
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  /// A block of at least `requested` bytes; null when the system has no more memory.
  void* take(std::int64_t requested);
  void give_back(void* block);
  /// Returns the pages on which no block is in use to the system.
  void release();
  /// Bytes up to the end of the last block, free ones included.
  std::int64_t reserved() const { return end_; }

 private:
  using FreeBlocks = std::set<std::pair<std::int64_t, std::byte*>>;  // by size, then address
  struct Block {
    std::int64_t bytes;
    FreeBlocks::node_type place;  // among the free ones, kept here while the block is in use
    bool free() const { return place.empty(); }
  };
  using Blocks = std::map<std::byte*, Block>;  // by address

  bool grow(std::int64_t bytes);
  Blocks::iterator add_free(std::byte* begin, std::int64_t bytes);
  void set_free(Blocks::iterator block);
  void set_used(Blocks::iterator block);
  void join_with_next(Blocks::iterator block);

  Blocks blocks_;
  FreeBlocks free_;
  std::byte* range_ = nullptr;
  std::int64_t capacity_ = 0;
  std::int64_t usable_ = 0;  // may be read and written up to here
  std::int64_t end_ = 0;     // belongs to a block, used or free, up to here
};

}  // namespace lectern
