#include "tensor/measure.h"

#include <algorithm>

#include "tensor/check.h"
#include "tensor/cuda/device_layer.h"
#include "tensor/has_cuda.h"
#include "tensor/ops/matmul.h"

namespace lectern {

void finish_work() {
  if constexpr (has_cuda)
    if (default_device() != cpu) cuda::synchronize(Cuda{});
}

void Timer::measure(const std::function<void()>& work, double seconds, int fewest) {
  if (times_.empty()) work();
  double total = 0.0;
  for (int calls = 0; calls < fewest || (total < seconds && calls < 1000); ++calls) {
    const Stopwatch stopwatch;
    work();
    times_.push_back(stopwatch.elapsed());
    total += times_.back();
  }
}

Timing Timer::timing() const {
  check(!times_.empty(), "a timer was read that has measured nothing");
  std::vector<double> sorted = times_;
  std::sort(sorted.begin(), sorted.end());
  // Between two times where a share of them falls there.
  const auto at = [&](double share) {
    const double place = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
  };
  const double end = sorted.size() < 8 ? 0 : 0.25;
  return {.median = at(0.5), .spread = (at(1 - end) - at(end)) / (2 * at(0.5))};
}

Timing time_of(const std::function<void()>& work, double seconds) {
  Timer timer;
  timer.measure(work, seconds, /*fewest=*/3);
  return timer.timing();
}

std::int64_t peak_bytes(const std::function<void()>& work, Device device) {
  reset_high_water(device);
  const std::int64_t before = memory_statistics(device).in_use;
  work();
  return memory_statistics(device).high_water - before;
}

std::int64_t operations(const std::function<void()>& work) {
  const std::int64_t before = operations_of_products();
  work();
  return operations_of_products() - before;
}

}  // namespace lectern
