// Kernels with the mistakes that people make, each beside the right kernel. The test (run.cmake)
// demands that a build of this program, plain or with a sanitizer, notices the planted mistake, and
// that none complains of the right kernel: `planted_bugs missing_barrier planted`.

#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "tensor/check.h"
#include "tensor/cuda/emulated_numbers.h"
#include "tensor/cuda/loops.h"
#include "tensor/cuda/tensor_cores.h"

namespace lectern {
namespace {

using Numbers = std::vector<float>;

using OnDevice = EmulatedNumbers;

Numbers count_up(std::size_t count) {
  Numbers numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<float>(i);
  return numbers;
}

void expect(const Numbers& got, const Numbers& expected) {
  for (std::size_t i = 0; i < got.size(); ++i)
    check(got[i] == expected[i],
          [&] { return text("element ", i, " is ", got[i], ", expected ", expected[i]); });
}

template <bool planted>
__global__ void reverse(const float* in, float* out) {
  SHARED(float, tile, [64]);
  tile[threadIdx.x] = in[threadIdx.x];
  if (!planted) __syncthreads();
  out[threadIdx.x] = tile[63 - threadIdx.x];
}

template <bool planted>
void missing_barrier() {
  const OnDevice in(count_up(64)), out(Numbers(64));
  launch_kernel<reverse<planted>>(Cuda{}, {.blocks = 1, .threads = 64}, in.get(), out.get());
  Numbers expected = count_up(64);
  std::reverse(expected.begin(), expected.end());
  expect(out.read(), expected);
}

/// The planted kernel's second reduction writes to slots that warps may still read in the first.
template <bool planted>
__global__ void spread(const float* in, float* out) {
  SHARED(float, slots, [2][warp_size]);
  const float x = in[threadIdx.x];
  const float largest = block_join(x, x, slots[0], Larger{});
  const float smallest = block_join(-x, -x, slots[planted ? 0 : 1], Larger{});
  out[threadIdx.x] = largest + smallest;
}

template <bool planted>
void overwritten_slot() {
  const OnDevice in(count_up(96)), out(Numbers(96));
  launch_kernel<spread<planted>>(Cuda{}, {.blocks = 1, .threads = 96}, in.get(), out.get());
  expect(out.read(), Numbers(96, 95.0f));
}

template <bool planted>
__global__ void swap_neighbours(const float* in, float* out) {
  SHARED(float, tile, [warp_size]);
  tile[threadIdx.x] = in[threadIdx.x];
  if (!planted) __syncwarp();
  out[threadIdx.x] = tile[threadIdx.x ^ 1];
}

template <bool planted>
void missing_warp_sync() {
  const OnDevice in(count_up(32)), out(Numbers(32));
  launch_kernel<swap_neighbours<planted>>(Cuda{}, {.blocks = 1, .threads = 32}, in.get(),
                                          out.get());
  Numbers expected(32);
  for (std::size_t i = 0; i < 32; ++i) expected[i] = static_cast<float>(i ^ 1);
  expect(out.read(), expected);
}

/// Doubles tiles of 64 numbers that are loaded one tile ahead, into two stages by turns.
/// \tparam late   waits for the tile before the one that is used
/// \tparam early  loads into a stage that other warps still read
template <bool late, bool early>
__global__ void pipeline(const float* in, float* out, int tiles) {
  SHARED(float, stages, [2][64]);
  const auto load = [&](int tile) {
    if (threadIdx.x < 16 && tile < tiles)
      copy_async(&stages[tile % 2][threadIdx.x * 4], in + tile * 64 + threadIdx.x * 4);
    commit_copies();
  };
  load(0);
  for (int tile = 0; tile < tiles; ++tile) {
    load(tile + 1);
    wait_for_copies<late ? 2 : 1>();
    __syncthreads();
    out[tile * 64 + threadIdx.x] = 2 * stages[tile % 2][63 - threadIdx.x];
    if (!early) __syncthreads();
  }
  wait_for_copies<0>();
}

template <bool late, bool early>
void double_tiles() {
  constexpr int tiles = 4;
  const OnDevice in(count_up(tiles * 64)), out(Numbers(tiles * 64));
  launch_kernel<pipeline<late, early>>(Cuda{}, {.blocks = 1, .threads = 64}, in.get(), out.get(),
                                       tiles);
  Numbers expected(tiles * 64);
  for (std::size_t i = 0; i < expected.size(); ++i)
    expected[i] = 2 * static_cast<float>(i / 64 * 64 + 63 - i % 64);
  expect(out.read(), expected);
}
template <bool planted>
void late_wait() {
  double_tiles<planted, false>();
}
template <bool planted>
void early_refill() {
  double_tiles<false, planted>();
}

template <bool planted>
__global__ void add_up(const float* in, float* sum) {
  if (planted)
    *sum += in[blockIdx.x];
  else
    atomicAdd(sum, in[blockIdx.x]);
}

template <bool planted>
void plain_add() {
  const OnDevice in(count_up(10)), sum(Numbers(1));
  launch_kernel<add_up<planted>>(Cuda{}, {.blocks = 10, .threads = 1}, in.get(), sum.get());
  expect(sum.read(), {45.0f});
}

template <bool planted>
__global__ void double_row(float* rows, int columns) {
  float* row = rows + blockIdx.x * columns;
  for (int i = threadIdx.x; planted ? i <= columns : i < columns; i += blockDim.x) row[i] *= 2;
}

template <bool planted>
void beyond_the_row() {
  const OnDevice rows(Numbers(3 * 40, 1.0f));
  launch_kernel<double_row<planted>>(Cuda{}, {.blocks = 3, .threads = 32}, rows.get(), 40);
  expect(rows.read(), Numbers(3 * 40, 2.0f));
}

template <bool planted>
void host_pointer() {
  Numbers host(40, 1.0f);
  const OnDevice device(host);
  launch_kernel<double_row<false>>(Cuda{}, {.blocks = 1, .threads = 32},
                                   planted ? host.data() : device.get(), 40);
  expect(planted ? host : device.read(), Numbers(40, 2.0f));
}

template <bool planted>
void host_pointer_in_a_lambda() {
  Numbers host(40, 1.0f);
  const OnDevice device(host);
  float* numbers = planted ? host.data() : device.get();
  for_each_element(Cuda{}, 40, [=](std::int64_t i) { numbers[i] *= 2; });
  expect(planted ? host : device.read(), Numbers(40, 2.0f));
}

template <bool planted>
__global__ void first_half_waits(float* out) {
  SHARED(float, tile, [64]);
  if (threadIdx.x < 32) {
    tile[threadIdx.x] = 1;
    if (planted) __syncthreads();
  } else {
    tile[threadIdx.x] = 2;
    if (planted) __syncthreads();
  }
  if (!planted) __syncthreads();
  out[threadIdx.x] = tile[threadIdx.x ^ 32];
}

template <bool planted>
void divergent_barrier() {
  const OnDevice out(Numbers(64));
  launch_kernel<first_half_waits<planted>>(Cuda{}, {.blocks = 1, .threads = 64}, out.get());
  Numbers expected(32, 2.0f);
  expected.resize(64, 1.0f);
  expect(out.read(), expected);
}

struct Programs {
  std::function<void()> clean, planted;
};

const std::map<std::string, Programs> bugs{
    {"missing_barrier", {missing_barrier<false>, missing_barrier<true>}},
    {"overwritten_slot", {overwritten_slot<false>, overwritten_slot<true>}},
    {"missing_warp_sync", {missing_warp_sync<false>, missing_warp_sync<true>}},
    {"late_wait", {late_wait<false>, late_wait<true>}},
    {"early_refill", {early_refill<false>, early_refill<true>}},
    {"plain_add", {plain_add<false>, plain_add<true>}},
    {"beyond_the_row", {beyond_the_row<false>, beyond_the_row<true>}},
    {"host_pointer", {host_pointer<false>, host_pointer<true>}},
    {"host_pointer_in_a_lambda", {host_pointer_in_a_lambda<false>, host_pointer_in_a_lambda<true>}},
    {"divergent_barrier", {divergent_barrier<false>, divergent_barrier<true>}},
};

}  // namespace
}  // namespace lectern

int main(int argument_count, char** arguments) try {
  lectern::check(argument_count == 3, "expected the name of a bug, and clean or planted");
  const auto& [clean, planted] = lectern::bugs.at(arguments[1]);
  (arguments[2] == std::string("planted") ? planted : clean)();
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
