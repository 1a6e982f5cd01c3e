#include "tasks/benchmark/timing.h"

#include <algorithm>
#include <chrono>

#include "tensor/check.h"

namespace lectern {

void Stopwatch::measure(const std::function<void()>& work, double seconds, int fewest) {
  using Clock = std::chrono::steady_clock;
  if (times_.empty()) work();
  double total = 0.0;
  for (int calls = 0; calls < fewest || (total < seconds && calls < 1000); ++calls) {
    const auto start = Clock::now();
    work();
    times_.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    total += times_.back();
  }
}

Timing Stopwatch::timing() const {
  check(!times_.empty(), "a stopwatch was read that has measured nothing");
  std::vector<double> sorted = times_;
  std::ranges::sort(sorted);
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
  Stopwatch stopwatch;
  stopwatch.measure(work, seconds, /*fewest=*/3);
  return stopwatch.timing();
}

}  // namespace lectern
