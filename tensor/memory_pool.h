#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>

namespace lectern {

/// Blocks of host memory, cut from large slabs and joined again.
///
/// A request takes the smallest free block that fits and leaves the rest of it free; a block that is
/// given back is joined with its free neighbours. So tensors of any sequence of shapes share the same
/// pages, and the slabs together stay close to the most that was ever in use at once. (Best fit with
/// immediate coalescing: Knuth, The Art of Computer Programming, volume 1, §2.5.)
/// Cost: O(log blocks). Not thread-safe.
class MemoryPool {
 public:
  /// Blocks are aligned to this, and their sizes are multiples of it.
  static constexpr std::int64_t alignment = 64;
  /// Slabs are whole huge pages, so that touching them costs few page faults.
  static constexpr std::int64_t huge_page = std::int64_t{2} << 20;

  MemoryPool() = default;
  /// Takes the blocks that are still in use along.
  ~MemoryPool();
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  /// A block of at least `requested` bytes; null when the system has no more memory.
  void* take(std::int64_t requested);
  void give_back(void* block);
  /// Returns the slabs of which no block is in use to the system.
  void release();
  /// Bytes in slabs.
  std::int64_t reserved() const { return reserved_; }

 private:
  struct Block {
    std::int64_t bytes;
    std::byte* slab;  // where its slab begins
    bool free;
  };
  using Blocks = std::map<std::byte*, Block>;  // by address

  bool add_slab(std::int64_t bytes);
  void set_free(Blocks::iterator block);
  void set_used(Blocks::iterator block);
  void join_with_next(Blocks::iterator block);

  Blocks blocks_;
  std::set<std::pair<std::int64_t, std::byte*>> free_;  // by size, then address
  std::map<std::byte*, std::int64_t> slabs_;
  std::int64_t reserved_ = 0;
};

}  // namespace lectern
