// How long a sum over ranks takes: mpirun -n 2 bench_collective. What docs/scaling.md calculates with.

#include <algorithm>
#include <chrono>
#include <iostream>
#include <vector>

#include "tensor/collective_mpi.h"

using namespace lectern;

namespace {

/// The median time of an all_reduce of so many numbers, the slowest rank's each time [s].
double seconds_for(ProcessGroup& group, std::int64_t count) {
  Tensor numbers = zeros({count});
  std::vector<double> times;
  for (int i = 0; i < 21; ++i) {
    gather(group, '.');  // all begin together
    const auto start = std::chrono::steady_clock::now();
    all_reduce(group, numbers);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    times.push_back(std::ranges::max(gather(group, taken.count())));
  }
  std::ranges::nth_element(times, times.begin() + 10);
  return times[10];
}

}  // namespace

int main() {
  const std::unique_ptr<ProcessGroup> group = mpi_engine().join({});
  for (std::int64_t count = 1; count <= 16 << 20; count *= 8) {
    const double seconds = seconds_for(*group, count);
    const double sent = 8.0 * static_cast<double>(count) * (group->size() - 1) / group->size();
    if (group->is_first())
      std::cout << group->size() << " ranks, " << 4 * count << " bytes: " << 1e6 * seconds
                << " us, " << sent / seconds * 1e-9 << " GB/s sent by each\n";
  }
  group->leave();
  return 0;
}
