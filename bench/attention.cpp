// Fused attention, in GFLOP/s, beside what the processor's multiply-add units could do.
//
// Operations are counted as on paper: forward 4 · batch · query · key · d_model, with the backward
// pass three times that (what is calculated again does not count), half of it when causal, and
// through a window only what it shows.
// Usage: bench_attention [threads] [longest] [fp32|bf16]

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "attention/ops/fused/attend_fused.h"
#include "tasks/benchmark/benchmark.h"
#include "tensor/parallel.h"
#include "tensor/precision.h"

namespace {

using namespace lectern;

/// Seconds of the fastest of several calls: the one that other programs disturbed least.
double fastest(const std::function<void()>& work) {
  double best = 1e30, total = 0;
  for (int i = 0; i < 3 || (i < 200 && total < 0.4); ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count());
    total += took.count();
  }
  return best;
}

struct Case {
  std::string name;
  std::int64_t batch, query, key;
  int heads;
  std::int64_t d_head;
  AttentionOptions options = {};
};

/// Pairs of a query and a key that it sees, about.
double visible_pairs(const Case& c) {
  const auto query = static_cast<double>(c.query), key = static_cast<double>(c.key);
  const std::optional<Window>& window = c.options.mask.window;
  if (window) return query * std::min(key, static_cast<double>(window->before + 1 + window->after));
  return query * key * (c.options.mask.causal ? 0.5 : 1);
}

void measure(Case c) {
  c.options.heads = c.heads;
  const std::int64_t d_model = c.heads * c.d_head;
  const RandomKey seed{.seed = 1};
  const Tensor q = random_normal({c.batch, c.query, d_model}, 1, seed);
  const Tensor k = random_normal({c.batch, c.key, d_model}, 1, {.seed = 2});
  const Tensor v = random_normal({c.batch, c.key, d_model}, 1, {.seed = 3});
  const Tensor d_output = random_normal({c.batch, c.query, d_model}, 1, {.seed = 4});
  AttendResult result;
  const double forward = fastest([&] { result = attend_fused(q, k, v, c.options); });
  const double backward =
      fastest([&] { attend_fused_backward(q, k, v, result, d_output, c.options); });
  const double operations = 4e-9 * static_cast<double>(c.batch * d_model) * visible_pairs(c);
  std::printf("%-34s %9.3f ms %7.1f GFLOP/s   with backward %9.3f ms %7.1f GFLOP/s\n",
              c.name.c_str(), forward * 1e3, operations / forward, (forward + backward) * 1e3,
              3 * operations / (forward + backward));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) set_thread_count(std::atoi(argv[1]));
  const std::int64_t longest = argc > 2 ? std::atoll(argv[2]) : 4096;
  if (argc > 3 && std::string(argv[3]) == "bf16") set_matmul_precision(Precision::bf16);
  const Measured peak = measure_peak();
  std::printf("threads %d, %s %.0f GFLOP/s\n", thread_count(), peak.work.c_str(), peak.rate);
  for (const std::int64_t d_head : {32, 64})
    for (const std::int64_t length : {10, 13, 16, 24, 40})
      measure({text("sentences 128 x ", length, ", 8 x ", d_head), 128, length, length, 8, d_head});
  measure(
      {"sentences, causal, dropout", 128, 13, 13, 8, 32, {.mask = causal_mask(), .dropout = 0.1}});
  for (const std::int64_t key : {8, 30, 60})
    measure({text("decoding 512 x 1 query, ", key, " keys"), 512, 1, key, 8, 32});
  measure({"beam 128 x 4 queries, 20 keys", 128, 4, 20, 8, 32});
  for (std::int64_t length = 512; length <= longest; length *= 2) {
    measure({text("length ", length), 1, length, length, 8, 64});
    measure(
        {text("length ", length, ", causal"), 1, length, length, 8, 64, {.mask = causal_mask()}});
    for (const std::int64_t reach : {64, 128, 256, 512}) {
      const Window window{.before = reach};
      measure({text("length ", length, ", window ", reach, ", causal"),
               1,
               length,
               length,
               8,
               64,
               {.mask = {.causal = true, .window = window}}});
    }
  }
  measure({"length 1024, dropout", 1, 1024, 1024, 8, 64, {.dropout = 0.1}});
}
