#include <cstring>
#include <string_view>

#include "tasks/benchmark/benchmark.h"
#include "tensor/measure.h"
#include "tensor/parallel.h"
#include "tensor/precision.h"
#include "tensor/tensor.h"
#include "tensor/vector_bf16.h"

namespace lectern {

namespace {

/// \param step       what is done to a register of sums again and again
/// \param multiplied  numbers that it multiplies in each lane
template <class Step>
Measured measure_peak_of(const Step& step, int multiplied, std::string_view precision) {
  constexpr int chains = 12, rounds = 2'000'000;  // enough chains to hide the latency of one
  using V = Vector<float>;
  std::vector<float> results(static_cast<std::size_t>(thread_count()));
  const Timing time = time_of([&] {
    parallel_for(thread_count(), 1, [&](std::int64_t thread, std::int64_t) {
      V sums[chains];
      for (int i = 0; i < chains; ++i) sums[i] = V(static_cast<float>(i));
      for (int round = 0; round < rounds; ++round)
        for (V& one : sums) one = step(one);
      V all = sums[0];
      for (int i = 1; i < chains; ++i) all = all + sums[i];
      results[static_cast<std::size_t>(thread)] = sum(all);
    });
  });
  const double operations = 2.0 * multiplied * chains * rounds * V::lanes * thread_count();
  return {.work = text("peak of the vector units, ", precision),
          .rate = operations / time.median * 1e-9,
          .unit = "GFLOP/s",
          .spread = time.spread};
}

}  // namespace

Measured measure_peak() {
  using V = Vector<float>;
  const V factor(0.999f), term(0.001f);
  if (matmul_precision() == Precision::bf16)
    return measure_peak_of(
        [pairs = bfloat16_pairs(factor, term)](V sum) { return multiply_add(pairs, pairs, sum); },
        /*multiplied=*/2, name_of(Precision::bf16));
  return measure_peak_of([=](V sum) { return multiply_add(sum, factor, term); },
                         /*multiplied=*/1, name_of(Precision::f32));
}

Measured measure_copying() {
  constexpr std::int64_t bytes = std::int64_t{256} << 20, block = std::int64_t{1} << 20;
  Tensor from = full({bytes / 4}, 1.0, DType::f32, cpu), to = zeros({bytes / 4}, DType::f32, cpu);
  const Timing time = time_of([&] {
    parallel_for(bytes / 4, block, [&](std::int64_t begin, std::int64_t end) {
      std::memcpy(to.data<float>() + begin, from.data<float>() + begin,
                  static_cast<std::size_t>(end - begin) * sizeof(float));
    });
  });
  return {.work = "copying memory",
          .rate = 2.0 * bytes / time.median * 1e-9,
          .unit = "GB/s",
          .spread = time.spread};
}

}  // namespace lectern
