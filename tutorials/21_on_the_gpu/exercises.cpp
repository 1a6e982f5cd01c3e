// The exercises of chapter 21. Write your lines where it says so, and type
// ./check.
#include <array>
#include <map>
#include <set>
#include <vector>

#include "exercise.h"
#include "tensor/cuda/emulated_numbers.h"
#include "tensor/cuda/loops.h"

using namespace lectern;

namespace {

/// Numbers in global memory; x.read(i) and x.write(i, number) are counted.
struct Global {
  float* numbers;
  float read(int i) const;
  void write(int i, float number) const;
};

/// Exercise 1: x[i] = factor · x[i] for all i below count, by however many blocks
/// and threads there are: fewer than numbers, or more.
__global__ void scale(float* x, float factor, int count) {
  // [solution 1]
  const int threads = static_cast<int>(gridDim.x * blockDim.x);
  const int first = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  for (int i = first; i < count; i += threads) x[i] *= factor;
  // [/solution]
}

/// Exercise 2: every lane of a warp gets the sum of its group of eight, lanes 0 to
/// 7, 8 to 15, and so on. Three exchanges are enough.
__global__ void sum_of_eight(const float* in, float* out) {
  // [solution 2]
  float x = in[threadIdx.x];
  for (int bit = 4; bit > 0; bit /= 2) x += __shfl_xor_sync(~0u, x, bit);
  out[threadIdx.x] = x;
  // [/solution]
}

/// Exercise 3: the largest number of a block, in shared memory. The block has 2, 4,
/// 8 … or 512 threads; `me` is this thread's number, and the threads begin in any
/// order.
__global__ void largest(const float* in, const float* number, float* out) {
  SHARED(float, cell, [512]);
  const int me = static_cast<int>(number[threadIdx.x]);
  // [solution 3]
  cell[me] = in[me];
  __syncthreads();
  for (int half = static_cast<int>(blockDim.x) / 2; half > 0; half /= 2) {
    if (me < half) cell[me] = max(cell[me], cell[me + half]);
    __syncthreads();
  }
  if (me == 0) *out = cell[0];
  // [/solution]
}

/// Exercise 4: out[column, row] = in[row, column]. A block has 32 by 32 threads and
/// serves 32 rows (those of blockIdx.y) and 32 columns (those of blockIdx.x). A
/// warp is a row of threads. It is to read and to write 32 neighbours at a time.
__global__ void transpose_tile(Global in, Global out, int rows, int columns) {
  // [solution 4]
  SHARED(float, cell, [32][32]);
  const int x = static_cast<int>(threadIdx.x);
  const int y = static_cast<int>(threadIdx.y);
  const int row = static_cast<int>(blockIdx.y) * 32;
  const int column = static_cast<int>(blockIdx.x) * 32;
  cell[y][x] = in.read((row + y) * columns + column + x);
  __syncthreads();
  out.write((column + y) * rows + row + x, cell[x][y]);
  // [/solution]
}

/// What the warps ask of global memory, in sectors of 32 bytes.
struct Traffic {
  std::map<std::array<unsigned, 4>, unsigned> accesses{};
  std::map<std::array<unsigned, 4>, std::set<std::size_t>> requests{};

  void note(const float* address) {
    const unsigned k =
        accesses[{blockIdx.x, blockIdx.y, threadIdx.x, threadIdx.y}]++;
    requests[{blockIdx.x, blockIdx.y, threadIdx.y, k}].insert(
        reinterpret_cast<std::size_t>(address) / 32);
  }
  std::int64_t sectors() const {
    std::size_t all = 0;
    for (const auto& [request, touched] : requests) all += touched.size();
    return static_cast<std::int64_t>(all);
  }
};
Traffic traffic;

float Global::read(int i) const {
  traffic.note(numbers + i);
  return numbers[i];
}
void Global::write(int i, float number) const {
  traffic.note(numbers + i);
  numbers[i] = number;
}

std::vector<float> drawn(std::int64_t count, std::uint64_t seed) {
  return random_normal({count}, 1, {.seed = seed}).to_vector<float>();
}

void check_scale() {
  for (const auto& [blocks, threads] :
       {std::pair{4u, 256u}, {1u, 1u}, {3u, 32u}, {20u, 64u}}) {
    const std::vector<float> numbers = drawn(1000, 1);
    const EmulatedNumbers x(numbers);
    launch_kernel<scale>(Cuda{}, {.blocks = blocks, .threads = threads},
                         x.get(), 3.0f, 990);
    const std::vector<float> came = x.read();
    for (std::size_t i = 0; i < 1000; ++i)
      expect_near(text("number ", i, ", by ", blocks, " blocks of ", threads),
                  came[i], i < 990 ? 3 * numbers[i] : numbers[i], 1e-5);
  }
}

void check_eight() {
  const std::vector<float> numbers = drawn(32, 2);
  const EmulatedNumbers in(numbers), out(std::vector<float>(32));
  launch_kernel<sum_of_eight>(Cuda{}, {.blocks = 1, .threads = 32}, in.get(),
                              out.get());
  const std::vector<float> came = out.read();
  for (std::size_t lane = 0; lane < 32; ++lane) {
    double sum = 0;
    for (std::size_t i = lane / 8 * 8; i < lane / 8 * 8 + 8; ++i)
      sum += double{numbers[i]};
    expect_near(text("the sum that lane ", lane, " gets"), came[lane], sum);
  }
}

void check_largest() {
  for (const unsigned threads : {2u, 8u, 64u, 512u})
    for (const bool backwards : {false, true})
      for (const std::uint64_t seed : {3, 4, 5}) {
        const std::vector<float> numbers = drawn(threads, seed);
        std::vector<float> order;
        for (unsigned i = 0; i < threads; ++i)
          order.push_back(static_cast<float>(backwards ? threads - 1 - i : i));
        const EmulatedNumbers in(numbers), number(order), out({0});
        launch_kernel<largest>(Cuda{}, {.blocks = 1, .threads = threads},
                               in.get(), number.get(), out.get());
        expect_near(text("the largest of ", threads, ", threads ",
                         backwards ? "backwards" : "forwards"),
                    out.read()[0],
                    *std::max_element(numbers.begin(), numbers.end()), 0);
      }
}

void check_transpose() {
  for (const auto& [rows, columns] : {std::pair{32, 32}, {64, 96}}) {
    const Tensor x = random_normal({rows, columns}, 1, {.seed = 6});
    const EmulatedNumbers in(x.to_vector<float>()),
        out(std::vector<float>(static_cast<std::size_t>(rows * columns)));
    traffic = {};
    launch_kernel<transpose_tile>(
        Cuda{},
        {.blocks = dim3(static_cast<unsigned>(columns / 32),
                        static_cast<unsigned>(rows / 32)),
         .threads = dim3(32, 32)},
        Global{in.get()}, Global{out.get()}, rows, columns);
    expect_near(text(rows, " rows of ", columns),
                tensor_of<float>({columns, rows}, out.read()), transpose(x), 0);
    expect_equal(text("sectors of 32 bytes, for ", rows, " rows of ", columns),
                 traffic.sectors(), std::int64_t{rows * columns / 4});
  }
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, check_scale);
  exercises.check(2, check_eight);
  exercises.check(3, check_largest);
  exercises.check(4, check_transpose);
  return exercises.result();
}
