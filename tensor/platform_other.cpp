#include <unistd.h>

#include <algorithm>
#include <new>
#include <thread>

#include "tensor/platform.h"

namespace lectern {

namespace {

constexpr std::align_val_t alignment{64};

}  // namespace

int cores_of_this_process() {
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// Addresses are memory here, so no more is asked for than a small machine can give, and than the book's
/// largest program needs; MemoryPool asks for less where this is refused.
std::int64_t bytes_of_memory() { return std::int64_t{640} << 20; }

std::int64_t bytes_of_a_page() { return 4096; }

std::byte* take_addresses(std::int64_t bytes) {
  return static_cast<std::byte*>(
      ::operator new(static_cast<std::size_t>(bytes), alignment, std::nothrow));
}

void give_addresses_back(std::byte* begin, std::int64_t) { ::operator delete(begin, alignment); }

bool make_usable(std::byte*, std::int64_t) { return true; }

void forget_contents(std::byte*, std::int64_t) {}

bool flush_to_disk(int descriptor) { return fsync(descriptor) == 0; }

}  // namespace lectern
