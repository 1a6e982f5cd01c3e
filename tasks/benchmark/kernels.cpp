#include "attention/ops/fused/attend_fused.h"
#include "tasks/benchmark/benchmark.h"
#include "tensor/measure.h"
#include "tensor/ops/matmul.h"
#include "tensor/random.h"

namespace lectern {
namespace {

Tensor drawn(const Shape& shape, std::uint32_t site) {
  return random_uniform(shape, -1.0, 1.0, {.seed = 1, .step = 0, .site = site});
}

struct Product {
  const char* what;
  std::int64_t rows, columns, depth;
  MatmulOptions options;
};

Measured measure(const Product& product, double peak) {
  const auto& [what, rows, columns, depth, options] = product;
  const Tensor a = drawn(options.transpose_a ? Shape{depth, rows} : Shape{rows, depth}, 1);
  const Tensor b = drawn(options.transpose_b ? Shape{columns, depth} : Shape{depth, columns}, 2);
  const Timing time = time_of([&] { matmul(a, b, product.options); }, 0.5);
  return {.work = text(what, ", ", rows, " x ", columns, " x ", depth),
          .rate = 2e-9 * static_cast<double>(rows * columns * depth) / time.median,
          .unit = "GFLOP/s",
          .limit = peak,
          .spread = time.spread};
}

}  // namespace

std::vector<Measured> measure_products(double peak) {
  const Product products[] = {
      {"projection", 4096, 256, 256, {}},
      {"feed forward", 4096, 1024, 256, {}},
      {"weight gradient", 256, 1024, 4096, {.transpose_a = true}},
      {"logits", 2000, 8000, 256, {.transpose_b = true}},
      {"one decoding step", 128, 1024, 256, {}},
  };
  std::vector<Measured> results;
  for (const Product& product : products) results.push_back(measure(product, peak));
  return results;
}

std::vector<Measured> measure_attention(double peak, std::int64_t longest) {
  std::vector<Measured> results;
  const std::int64_t heads = 8, d_head = 64;
  for (std::int64_t length = 512; length <= longest; length *= 2) {
    const Shape shape{1, length, heads * d_head};
    const Tensor q = drawn(shape, 1), k = drawn(shape, 2), v = drawn(shape, 3),
                 dy = drawn(shape, 4);
    const AttentionOptions options{.heads = static_cast<int>(heads)};
    const double operations = 4e-9 * static_cast<double>(heads * length * length * d_head);
    const Timing forward = time_of([&] { attend_fused(q, k, v, options); }, 0.5);
    const Timing both = time_of(
        [&] {
          const AttendResult result = attend_fused(q, k, v, options);
          attend_fused_backward(q, k, v, result, dy, options);
        },
        0.5);
    results.push_back({text("attention forward, ", length, " tokens"), operations / forward.median,
                       "GFLOP/s", peak, forward.spread});
    results.push_back({text("attention forward and backward, ", length, " tokens"),
                       3 * operations / both.median, "GFLOP/s", peak, both.spread});
  }
  return results;
}

}  // namespace lectern
