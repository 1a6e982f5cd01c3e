#include "bench/op_times.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace lectern {

void OpTimes::print(int steps) const {
  const auto total = [](const Spans& spans) { return spans.forward + spans.backward; };
  std::vector<std::pair<std::string, Spans>> ops(by_name_.begin(), by_name_.end());
  std::sort(ops.begin(), ops.end(),
            [&](const auto& a, const auto& b) { return total(a.second) > total(b.second); });
  double all = 0;
  for (const auto& [name, spans] : ops) all += total(spans);
  std::printf("\n%-16s %6s %9s %9s %9s\n", "ms a step", "calls", "forward", "backward", "share");
  for (const auto& [name, spans] : ops)
    std::printf("%-16s %6.0f %9.2f %9.2f %7.1f %%\n", name.c_str(),
                static_cast<double>(spans.calls) / steps, 1e3 * spans.forward / steps,
                1e3 * spans.backward / steps, 100 * total(spans) / all);
}

}  // namespace lectern
