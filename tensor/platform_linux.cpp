#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "tensor/platform.h"

namespace lectern {

int cores_of_this_process() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return std::max(1, CPU_COUNT(&allowed));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::int64_t bytes_of_memory() { return sysconf(_SC_PHYS_PAGES) * bytes_of_a_page(); }

std::int64_t bytes_of_a_page() { return sysconf(_SC_PAGESIZE); }

std::byte* take_addresses(std::int64_t bytes) {
  const auto size = static_cast<std::size_t>(bytes);
  void* range = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) return nullptr;
  madvise(range, size, MADV_HUGEPAGE);
  return static_cast<std::byte*>(range);
}

void give_addresses_back(std::byte* begin, std::int64_t bytes) {
  munmap(begin, static_cast<std::size_t>(bytes));
}

bool make_usable(std::byte* begin, std::int64_t bytes) {
  return mprotect(begin, static_cast<std::size_t>(bytes), PROT_READ | PROT_WRITE) == 0;
}

void forget_contents(std::byte* begin, std::int64_t bytes) {
  madvise(begin, static_cast<std::size_t>(bytes), MADV_DONTNEED);
}

}  // namespace lectern
