#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>

namespace lectern {

/// Where a tensor's numbers lie.
struct Device {
  enum class Kind : std::uint8_t { cpu, cuda };
  Kind kind = Kind::cpu;
  int index = 0;  ///< which GPU
  friend bool operator==(const Device&, const Device&) = default;
};

constexpr Device cpu{};

/// The devices as tags, which pick the overload of a kernel.
struct Cpu {};
struct Cuda {
  int index = 0;  ///< which GPU
};

/// `cpu`, `cuda:0`
std::ostream& operator<<(std::ostream& out, const Device& device);

/// Where tensors are made when nobody says where: the CPU at first. An operation's result lies
/// where its arguments lie, whatever this is.
Device default_device();
void set_default_device(Device device);

/// A block of device memory, given back to the device's cache when the last owner lets go.
using Memory = std::shared_ptr<void>;

/// Memory for `bytes`, aligned to 64 bytes and not initialised. Blocks come from a cache: touching
/// fresh pages costs six times as much as writing to pages the process has used before.
/// Throws OutOfMemory.
Memory allocate(std::int64_t bytes, Device device);

/// Exact figures of a device's allocator, in bytes.
struct MemoryStatistics {
  std::int64_t in_use = 0;      ///< requested by tensors that are alive
  std::int64_t high_water = 0;  ///< the largest `in_use` since reset_high_water
  std::int64_t reserved = 0;    ///< taken from the system, in use or cached
};

MemoryStatistics memory_statistics(Device device = default_device());
/// Starts a new measurement of `high_water` at the present `in_use`.
void reset_high_water(Device device = default_device());
/// Gives every cached block back to the system.
void release_cached_memory(Device device = default_device());

}  // namespace lectern
