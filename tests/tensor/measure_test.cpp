#include "tensor/measure.h"

#include "tensor/ops/matmul.h"
#include "tensor/ops/softmax.h"
#include "tensor/tensor.h"
#include "tests/catch.h"

using namespace lectern;

TEST_CASE("peak_bytes counts what work allocates, freed or kept, and nothing from before") {
  const Tensor before = zeros({1000});
  CHECK(peak_bytes([] {}) == 0);
  CHECK(peak_bytes([] {
          zeros({64});  // 256 bytes, gone at once
          const Tensor large = zeros({256});
          const Tensor more = zeros({128});
        }) == 4 * (256 + 128));
  Tensor kept;
  CHECK(peak_bytes([&] { kept = zeros({64}); }) == 256);
}

TEST_CASE("operations are two for each term of a matrix product, whatever its form") {
  const Tensor a = zeros({3, 5, 7}), b = zeros({7, 11}), c = zeros({3, 11, 7});
  CHECK(operations([] {}) == 0);
  CHECK(operations([&] { matmul(a, b); }) == 2 * 3 * 5 * 7 * 11);
  CHECK(operations([&] { matmul(a, c, {.transpose_b = true}); }) == 2 * 3 * 5 * 7 * 11);
  CHECK(operations([&] { matmul(a, pack(b)); }) == 2 * 3 * 5 * 7 * 11);
  CHECK(operations([&] { softmax(a); }) == 0);
}

TEST_CASE("a timer counts all calls but the first") {
  Timer timer;
  int calls = 0;
  timer.measure([&] { ++calls; }, 0, 4);
  CHECK(calls == 5);
  timer.measure([&] { ++calls; }, 0, 4);
  CHECK(calls == 9);
  CHECK(timer.timing().median > 0);
  CHECK(timer.timing().spread >= 0);
  CHECK(time_of([&] { ++calls; }, 0).median > 0);
  CHECK(calls == 13);
}

TEST_CASE("a stopwatch never goes back, and restarts at zero") {
  Stopwatch stopwatch;
  const double first = stopwatch.elapsed(), second = stopwatch.elapsed();
  CHECK(first >= 0);
  CHECK(second >= first);
  stopwatch.restart();
  CHECK(stopwatch.elapsed() >= 0);
}
