#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/cuda/emulator.h"

namespace lectern::emulator {

// Device memory: ordinary memory that is full of NaN at first, and that AddressSanitizer guards
// while no kernel runs, so that host code that follows a device pointer is found.

/// What the emulated GPU has.
constexpr std::int64_t total_memory = std::int64_t{16} << 30;

/// Null when there is no more.
void* take_memory(std::int64_t bytes);
void give_back_memory(void* memory);
std::int64_t memory_in_use();

/// While one exists, device memory may be read and written.
class OpenMemory {
 public:
  OpenMemory();
  ~OpenMemory();
  OpenMemory(const OpenMemory&) = delete;
  OpenMemory& operator=(const OpenMemory&) = delete;
};

/// The shared memory of one block after another: new and full of NaN for each, with guarded gaps.
class SharedMemory {
 public:
  /// What a block may have on the largest GPUs.
  static constexpr std::size_t most_bytes = std::size_t{227} << 10;

  void begin_block();
  void end_block();
  /// The same address for the same key; null when the block would have more than `most_bytes`.
  void* region(const void* key, std::size_t bytes);

 private:
  struct Region {
    const void* key;
    std::byte* start;
  };
  static constexpr int most_regions = 64;
  Region regions_[most_regions];
  int count_ = 0;
  std::size_t used_ = 0;
  std::byte* arena_ = nullptr;
  std::byte* top_ = nullptr;
};

}  // namespace lectern::emulator
