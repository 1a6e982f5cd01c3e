// How fast the matrix product is: ours, Eigen's over fixed row blocks, and the most that the
// processor's multiply-add units can do, measured in the same run because other programs may share
// the machine. GFLOP/s, best of several; first argument: number of threads; second: fp32, or bf16 where
// the processor multiplies it; third: a part of the names of the products to measure.

#include "tensor/ops/matmul.h"

#include <Eigen/Core>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

#include "tensor/parallel.h"
#include "tensor/precision.h"
#include "tensor/vector_bf16.h"

using namespace lectern;

namespace {

struct Case {
  const char* name;
  std::int64_t batch, rows, columns, depth;
  bool transpose_a = false, transpose_b = false, packed = false;  // the right factor, beforehand

  double operations() const { return 2.0 * batch * rows * columns * depth; }
};

const Case cases[] = {
    {"projection, d_model 256", 1, 4096, 256, 256},
    {"projection back", 1, 4096, 256, 256, false, true},
    {"feed forward up", 1, 4096, 1024, 256},
    {"feed forward down", 1, 4096, 256, 1024},
    {"weight gradient 256x256", 1, 256, 256, 4096, true},
    {"weight gradient 256x1024", 1, 256, 1024, 4096, true},
    {"logits", 1, 2000, 8000, 256, false, true},
    {"logits to states", 1, 2000, 256, 8000},
    {"logits to embedding", 1, 8000, 256, 2000, true},
    {"projection, d_model 512", 1, 4096, 512, 512},
    {"feed forward up, 512", 1, 4096, 2048, 512},
    {"weight gradient 512x2048", 1, 512, 2048, 4096, true},
    {"1024 heads 16x16x32", 1024, 16, 16, 32},
    {"1024 heads, transposed", 1024, 16, 16, 32, false, true},
    {"8 heads 512x512x64", 8, 512, 512, 64, false, true},
    {"decode 1 row", 1, 1, 256, 256},
    {"decode 5 rows", 1, 5, 1024, 256},
    {"decode 32 rows", 1, 32, 256, 256},
    {"decode 32 rows, wide", 1, 32, 1024, 256},
    {"decode 128 rows", 1, 128, 256, 1024},
    {"decode 512 rows", 1, 512, 1024, 256},
    {"decode logits 1 row", 1, 1, 8000, 256, false, true},
    {"decode logits 16 rows", 1, 16, 8000, 256, false, true},
    {"decode logits 64 rows", 1, 64, 8000, 256, false, true},
    {"decode logits 5 rows, plain", 1, 5, 8000, 256},
    {"packed 1 row 512x512", 1, 1, 512, 512, false, false, true},
    {"packed 1 row 512x2048", 1, 1, 2048, 512, false, false, true},
    {"packed 1 row 2048x512", 1, 1, 512, 2048, false, false, true},
    {"packed 1 row, logits", 1, 1, 33280, 512, false, false, true},
    {"packed 4 rows, logits", 1, 4, 33280, 512, false, false, true},
};

/// One thread is timed by the processor time it used, which other programs disturb less.
double now() {
  if (thread_count() == 1) return double(std::clock()) / CLOCKS_PER_SEC;
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(time).count();
}

/// GFLOP/s of the best of many runs of `work`.
template <class Work>
double best_rate(double operations, Work work) {
  const int repeat = std::max(1, int(1e8 / operations));  // above the clock's resolution
  const auto seconds = [&] {
    const double begin = now();
    for (int i = 0; i < repeat; ++i) work();
    return (now() - begin) / repeat;
  };
  work();
  double best = seconds(), total = best;
  for (int run = 0; (run < 10 || total < 0.1) && run < 5000; ++run) {
    const double time = seconds();
    total += time * repeat;
    best = std::min(best, time);
  }
  return operations / best * 1e-9;
}

/// Multiply-adds of independent registers, on every thread; `numbers` to a lane at once.
template <int numbers, class Step>
double peak(Step step) {
  using V = Vector<float>;
  constexpr int registers = vector_registers == 32 ? 24 : 12;
  constexpr std::int64_t steps = 20'000, blocks = 64;
  std::vector<float> results(blocks);  // so that the loop is not left out
  return best_rate(2.0 * numbers * blocks * steps * registers * V::lanes, [&] {
    parallel_for(blocks, 1, [&](std::int64_t begin, std::int64_t end) {
      V sums[registers];
      for (V& s : sums) s = V(static_cast<float>(begin));
      for (std::int64_t i = begin * steps; i < end * steps; ++i)
#pragma GCC unroll 24
        for (V& s : sums) s = step(s);
      V all(0.0f);
      for (const V& s : sums) all += s;
      results[begin] = sum(all);
    });
  });
}

double peak() {
  using V = Vector<float>;
  const V factor(0.999f), term(0.001f);
  if (matmul_precision() == Precision::f32)
    return peak<1>([=](V sum) { return multiply_add(sum, factor, term); });
  const Vector<Bfloat16Pair> factors = bfloat16_pairs(factor, term);
  return peak<2>([=](V sum) { return multiply_add(factors, factors, sum); });
}

/// Eigen's product, in f32, one thread a block of 64 rows.
void eigen_product(const Case& c, const Tensor& a, const Tensor& b, Tensor& result) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using View = Eigen::Map<const Matrix>;
  constexpr std::int64_t height = 64;
  const std::int64_t blocks = (c.rows + height - 1) / height;
  parallel_for(c.batch * blocks, c.rows < height ? 16 : 1, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t i = from; i < to; ++i) {
      const std::int64_t matrix = i / blocks, row = i % blocks * height;
      const std::int64_t rows = std::min(height, c.rows - row);
      const float* left = a.data<float>() + matrix * c.rows * c.depth;
      const float* right = b.data<float>() + matrix * c.depth * c.columns;
      Eigen::Map<Matrix> out(result.data<float>() + (matrix * c.rows + row) * c.columns, rows,
                             c.columns);
      const auto multiply = [&](const auto& a_block) {
        if (c.transpose_b)
          out.noalias() = a_block * View(right, c.columns, c.depth).transpose();
        else
          out.noalias() = a_block * View(right, c.depth, c.columns);
      };
      if (c.transpose_a)
        multiply(View(left, c.depth, c.rows).middleCols(row, rows).transpose());
      else
        multiply(View(left, c.rows, c.depth).middleRows(row, rows));
    }
  });
}

void measure(const Case& c) {
  const auto shape = [&](std::int64_t rows, std::int64_t columns, bool turned) {
    return turned ? Shape{c.batch, columns, rows} : Shape{c.batch, rows, columns};
  };
  const Tensor a = full(shape(c.rows, c.depth, c.transpose_a), 0.5);
  const Tensor b = full(shape(c.depth, c.columns, c.transpose_b), 0.25);
  Tensor result(Shape{c.batch, c.rows, c.columns});
  const MatmulOptions options{.transpose_a = c.transpose_a, .transpose_b = c.transpose_b};
  const PackedMatrix packed = c.packed ? pack(b.reshape({c.depth, c.columns})) : PackedMatrix{};
  const double ours =
      best_rate(c.operations(), [&] { c.packed ? matmul(a, packed) : matmul(a, b, options); });
  const double eigen = best_rate(c.operations(), [&] { eigen_product(c, a, b, result); });
  const double most = peak();
  std::printf("%-28s %5ld x %4ld x %5ld x %5ld %c%c %8.1f %8.1f %8.1f %6.0f %%\n", c.name,
              long(c.batch), long(c.rows), long(c.columns), long(c.depth),
              c.transpose_a ? 'T' : 'N', c.transpose_b ? 'T' : 'N', ours, eigen, most,
              100 * ours / most);
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1) set_thread_count(std::atoi(arguments[1]));
  if (count > 2 && std::strcmp(arguments[2], "bf16") == 0) set_matmul_precision(Precision::bf16);
  std::printf("%d threads\n%-28s %-31s %8s %8s %8s %8s\n", thread_count(), "product",
              "batch x rows x columns x depth", "ours", "Eigen", "peak", "of peak");
  for (const Case& c : cases)
    if (count < 4 || std::strstr(c.name, arguments[3])) measure(c);
}
