#include <algorithm>
#include <chrono>
#include <cstring>

#include "tasks/benchmark/benchmark.h"
#include "tensor/parallel.h"
#include "tensor/tensor.h"
#include "tensor/vector.h"

namespace lectern {

double median_seconds(const std::function<void()>& work, double seconds) {
  using Clock = std::chrono::steady_clock;
  work();
  std::vector<double> times;
  double total = 0.0;
  while (times.size() < 3 || (total < seconds && times.size() < 1000)) {
    const auto start = Clock::now();
    work();
    times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    total += times.back();
  }
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  return times[times.size() / 2];
}

double peak_gflops() {
  constexpr int chains = 12, rounds = 2'000'000;  // enough chains to hide the latency of one
  using V = Vector<float>;
  std::vector<float> results(static_cast<std::size_t>(thread_count()));
  const double seconds = median_seconds([&] {
    parallel_for(thread_count(), 1, [&](std::int64_t thread, std::int64_t) {
      V sums[chains];
      for (int i = 0; i < chains; ++i) sums[i] = V(static_cast<float>(i));
      const V factor(0.999f), term(0.001f);
      for (int round = 0; round < rounds; ++round)
        for (V& one : sums) one = multiply_add(one, factor, term);
      V all = sums[0];
      for (int i = 1; i < chains; ++i) all = all + sums[i];
      results[static_cast<std::size_t>(thread)] = sum(all);
    });
  });
  const double operations = 2.0 * chains * rounds * V::lanes * thread_count();
  return operations / seconds * 1e-9;
}

double copy_bandwidth() {
  constexpr std::int64_t bytes = std::int64_t{256} << 20, block = std::int64_t{1} << 20;
  Tensor from = full({bytes / 4}, 1.0, DType::f32, cpu), to = zeros({bytes / 4}, DType::f32, cpu);
  const double seconds = median_seconds([&] {
    parallel_for(bytes / 4, block, [&](std::int64_t begin, std::int64_t end) {
      std::memcpy(to.data<float>() + begin, from.data<float>() + begin,
                  static_cast<std::size_t>(end - begin) * sizeof(float));
    });
  });
  return 2.0 * bytes / seconds * 1e-9;
}

}  // namespace lectern
