#include <fcntl.h>
#include <mach-o/dyld.h>
#include <sys/mman.h>
#include <sys/sysctl.h>
#include <unistd.h>

#include <algorithm>

#include "tensor/platform.h"

// Written for macOS, where nobody has run it yet.

namespace lectern {

// The system ties no process to cores: what is awake may be used.
int cores_of_this_process() {
  int cores = 0;
  std::size_t size = sizeof cores;
  sysctlbyname("hw.activecpu", &cores, &size, nullptr, 0);
  return std::max(1, cores);
}

std::string processor_model() {
  char name[256] = "unknown";
  std::size_t size = sizeof name - 1;
  sysctlbyname("machdep.cpu.brand_string", name, &size, nullptr, 0);
  return name;
}

std::string own_program() {
  std::uint32_t size = 0;
  _NSGetExecutablePath(nullptr, &size);  // says how long it is
  std::string path(size, '\0');
  _NSGetExecutablePath(path.data(), &size);
  return path.c_str();
}

// fsync hands the bytes to the disk, which may keep them in its own memory for a while; not every
// file system knows more.
bool flush_to_disk(int descriptor) {
  return fcntl(descriptor, F_FULLFSYNC) == 0 || fsync(descriptor) == 0;
}

// Chooses the size of its pages itself.
void prefer_large_pages(std::byte*, std::int64_t) {}

// MADV_DONTNEED would keep the memory here.
void forget_contents(std::byte* begin, std::int64_t bytes) {
  madvise(begin, static_cast<std::size_t>(bytes), MADV_FREE);
}

}  // namespace lectern
