#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tensor/platform.h"

namespace lectern {

std::int64_t bytes_of_memory() { return sysconf(_SC_PHYS_PAGES) * bytes_of_a_page(); }

std::int64_t bytes_of_a_page() { return sysconf(_SC_PAGESIZE); }

std::int64_t most_bytes_used() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
#if defined(__APPLE__)
  return usage.ru_maxrss;
#else
  return usage.ru_maxrss << 10;
#endif
}

std::byte* take_addresses(std::int64_t bytes) {
  const auto size = static_cast<std::size_t>(bytes);
  void* range = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) return nullptr;
  prefer_large_pages(static_cast<std::byte*>(range), bytes);
  return static_cast<std::byte*>(range);
}

void give_addresses_back(std::byte* begin, std::int64_t bytes) {
  munmap(begin, static_cast<std::size_t>(bytes));
}

bool make_usable(std::byte* begin, std::int64_t bytes) {
  return mprotect(begin, static_cast<std::size_t>(bytes), PROT_READ | PROT_WRITE) == 0;
}

}  // namespace lectern
