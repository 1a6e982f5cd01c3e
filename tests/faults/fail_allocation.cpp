// Loaded before a program (LD_PRELOAD): its allocation number FAIL_AT finds no memory. With
// FAIL_COUNT set, says at the end how many there were.

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

extern "C" {

void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

}  // of the C library: what its own functions of these names do

namespace {

std::atomic<long> count{0};

bool fails() {
  static const long at = std::getenv("FAIL_AT") ? std::atol(std::getenv("FAIL_AT")) : -1;
  if (count.fetch_add(1) + 1 != at) return false;
  errno = ENOMEM;
  return true;
}

[[gnu::destructor]] void tell() {
  if (!std::getenv("FAIL_COUNT")) return;
  char line[64];
  const int length = std::snprintf(line, sizeof line, "ALLOCATIONS %ld\n", count.load());
  if (::write(2, line, static_cast<std::size_t>(length)) < 0) return;
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) { return fails() ? nullptr : __libc_malloc(size); }
void* calloc(std::size_t n, std::size_t size) { return fails() ? nullptr : __libc_calloc(n, size); }
void* realloc(void* old, std::size_t size) { return fails() ? nullptr : __libc_realloc(old, size); }
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return fails() ? nullptr : __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  void* found = aligned_alloc(alignment, size);
  if (found == nullptr) return ENOMEM;
  *memory = found;
  return 0;
}
}
