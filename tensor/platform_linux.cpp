#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "tensor/platform.h"

namespace lectern {

int cores_of_this_process() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return std::max(1, CPU_COUNT(&allowed));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::string processor_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

std::string own_program() { return "/proc/self/exe"; }

bool flush_to_disk(int descriptor) { return fsync(descriptor) == 0; }

void prefer_large_pages(std::byte* begin, std::int64_t bytes) {
  madvise(begin, static_cast<std::size_t>(bytes), MADV_HUGEPAGE);
}

void forget_contents(std::byte* begin, std::int64_t bytes) {
  madvise(begin, static_cast<std::size_t>(bytes), MADV_DONTNEED);
}

}  // namespace lectern
