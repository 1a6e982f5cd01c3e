#include "tensor/cuda/emulator_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "tensor/check.h"
#include "tensor/cuda/emulator_fibers.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace lectern::emulator {
namespace {

constexpr std::size_t alignment = 256;

/// Device memory in use: where each block begins, and its bytes.
struct DeviceMemory {
  std::mutex mutex;
  std::map<const std::byte*, std::int64_t> blocks;
  std::int64_t in_use = 0;

  static DeviceMemory& instance() {
    static auto* memory = new DeviceMemory;  // tensors may outlive any static object
    return *memory;
  }

  bool contains(const void* address) const {
    const auto* byte = static_cast<const std::byte*>(address);
    auto block = blocks.upper_bound(byte);
    if (block == blocks.begin()) return false;
    --block;
    return byte <= block->first + block->second;  // one past the end is an address as well
  }
};

std::size_t padded(std::int64_t bytes) {
  return (static_cast<std::size_t>(bytes) / alignment + 1) * alignment;
}

void guard([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_poison_memory_region(memory, bytes);
#endif
}
void unguard([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(memory, bytes);
#endif
}

int open_count = 0;

bool is_mapped(std::uintptr_t address) {
  static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  unsigned char in_core;
  return mincore(reinterpret_cast<void*>(address / page * page), 1, &in_core) == 0;
}

[[noreturn]] void refuse_host_pointer(const char* kernel, const void* address) {
  throw Error(text("kernel ", kernel, " was given the host address ", address,
                   "; it may follow only addresses of device memory (Tensor::device_data)"));
}

}  // namespace

void* take_memory(std::int64_t bytes) {
  DeviceMemory& memory = DeviceMemory::instance();
  std::lock_guard lock(memory.mutex);
  if (bytes > total_memory - memory.in_use) return nullptr;
  void* block = std::aligned_alloc(alignment, padded(bytes));
  if (block == nullptr) return nullptr;
  std::memset(block, 0xff, static_cast<std::size_t>(bytes));
  guard(block, padded(bytes));
  if (open_count > 0) unguard(block, static_cast<std::size_t>(bytes));
  memory.blocks[static_cast<std::byte*>(block)] = bytes;
  memory.in_use += bytes;
  return block;
}

void give_back_memory(void* block) {
  DeviceMemory& memory = DeviceMemory::instance();
  std::lock_guard lock(memory.mutex);
  const auto entry = memory.blocks.find(static_cast<std::byte*>(block));
  check(entry != memory.blocks.end(),
        [&] { return text(block, " is not a block of device memory"); });
  unguard(block, padded(entry->second));
  memory.in_use -= entry->second;
  memory.blocks.erase(entry);
  std::free(block);
}

std::int64_t memory_in_use() {
  DeviceMemory& memory = DeviceMemory::instance();
  std::lock_guard lock(memory.mutex);
  return memory.in_use;
}

OpenMemory::OpenMemory() {
  DeviceMemory& memory = DeviceMemory::instance();
  std::lock_guard lock(memory.mutex);
  if (open_count++ == 0)
    for (const auto& [start, bytes] : memory.blocks)
      unguard(start, static_cast<std::size_t>(bytes));
}

OpenMemory::~OpenMemory() {
  DeviceMemory& memory = DeviceMemory::instance();
  std::lock_guard lock(memory.mutex);
  if (--open_count == 0)
    for (const auto& [start, bytes] : memory.blocks) guard(start, static_cast<std::size_t>(bytes));
}

void check_device_pointer(const char* kernel, const void* address) {
  DeviceMemory& memory = DeviceMemory::instance();
  std::lock_guard lock(memory.mutex);
  if (address != nullptr && !memory.contains(address)) refuse_host_pointer(kernel, address);
}

void check_words(const char* kernel, const void* object, std::size_t bytes) {
  // Where Linux puts programs, heaps and stacks. Two 32-bit numbers side by side look like less.
  constexpr std::uintptr_t first = std::uintptr_t{1} << 45, end = std::uintptr_t{1} << 47;
  DeviceMemory& memory = DeviceMemory::instance();
  std::lock_guard lock(memory.mutex);
  for (std::size_t at = 0; at < bytes; at += sizeof(std::uintptr_t)) {
    std::uintptr_t word;
    std::memcpy(&word, static_cast<const std::byte*>(object) + at, sizeof(word));
    const auto* address = reinterpret_cast<const void*>(word);
    if (first <= word && word < end && !memory.contains(address) && is_mapped(word))
      refuse_host_pointer(kernel, address);
  }
}

// A block's shared memory.

namespace {

constexpr std::size_t arena_bytes = std::size_t{512} << 10;
constexpr std::size_t gap = 64, region_alignment = 128;

/// Fills with NaN by a loop of its own, since sanitizers take notice of memset.
void fill_with_nan(std::byte* memory, std::size_t bytes) {
  auto* words = reinterpret_cast<volatile std::uint64_t*>(memory);
  for (std::size_t i = 0; i < (bytes + 7) / 8; ++i) words[i] = ~std::uint64_t{0};
}

}  // namespace

void SharedMemory::begin_block() {
  if (arena_ == nullptr) {
    void* range =
        mmap(nullptr, arena_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(range != MAP_FAILED, "the CUDA emulator found no memory for a block's shared memory");
    arena_ = static_cast<std::byte*>(range);
    guard(arena_, arena_bytes);
  }
  top_ = arena_;
  count_ = 0;
  used_ = 0;
}

void SharedMemory::end_block() {
  if constexpr (tsan) {  // blocks are not ordered, but they do not share this memory either
    munmap(arena_, arena_bytes);
    arena_ = nullptr;
  } else {
    guard(arena_, static_cast<std::size_t>(top_ - arena_));
  }
}

void* SharedMemory::region(const void* key, std::size_t bytes) {
  for (int i = 0; i < count_; ++i)
    if (regions_[i].key == key) return regions_[i].start;
  used_ += bytes;
  if (used_ > most_bytes || count_ == most_regions) return nullptr;
  std::byte* start = top_;
  top_ += (bytes + gap + region_alignment - 1) / region_alignment * region_alignment;
  unguard(start, bytes);
  fill_with_nan(start, bytes / 8 * 8);
  for (std::size_t i = bytes / 8 * 8; i < bytes; ++i)
    static_cast<volatile std::byte*>(start)[i] = std::byte{0xff};
  regions_[count_++] = {key, start};
  return start;
}

}  // namespace lectern::emulator
