// What the CUDA emulator says of kernels that break CUDA's rules, and that it runs those that keep
// them. Mistakes that show in numbers or races are planted in planted_bugs/.

#include <cstdlib>
#include <vector>

#include "tensor/cuda/device_layer.h"
#include "tensor/cuda/loops.h"
#include "tensor/cuda/tensor_cores.h"
#include "tests/tensor/on_gpu.h"

using namespace lectern;

namespace {

constexpr Device gpu{Device::Kind::cuda};

/// What a launch of the kernel is answered.
template <auto kernel, class... Arguments>
std::string answer(const LaunchShape& shape, const Arguments&... arguments) {
  return message_of([&] { launch_kernel<kernel>(Cuda{}, shape, arguments...); });
}

__global__ void do_nothing() {}

__global__ void wait_in_half_the_block() {
  if (threadIdx.x < 32) __syncthreads();
}
__global__ void return_early() {
  if (threadIdx.x == 3) return;
  __syncwarp();
}
__global__ void leave_out_my_lane() {
  if (threadIdx.x == 5) __syncwarp(0x1f);
}
__global__ void read_a_stranger(int* out) {
  if (threadIdx.x < 4) out[threadIdx.x] = __shfl_sync(0xf, 1, 9);
}
__global__ void meet_elsewhere(int* out) {
  if (threadIdx.x < 16)
    out[threadIdx.x] = __shfl_sync(whole_warp, 1, 0);
  else
    out[threadIdx.x] = __shfl_sync(whole_warp, 2, 0);
}
__global__ void want_too_much() {
  SHARED(double, table, [40000]);
  table[0] = 1;
}
__global__ void copy_to_odd_address(const float* in) {
  SHARED(float, tile, [8]);
  copy_async(&tile[1], in);
  wait_for_copies<0>();
}
__global__ void forget_a_copy(const float* in) {
  SHARED(float, tile, [4]);
  copy_async(tile, in);
  commit_copies();
}
__global__ void throw_in_the_third_thread() {
  if (threadIdx.x == 2) throw Error("the third thread throws");
  __syncthreads();
}

}  // namespace

TEST_CASE("emulator: limits of a launch") {
  CHECK(contains(answer<do_nothing>({.blocks = 1, .threads = 1025}),
                 "kernel do_nothing: a block of (1025,1,1) threads; a block has 1 to 1024"));
  CHECK(contains(answer<do_nothing>({.blocks = dim3(1, 70000), .threads = 1}),
                 "a grid of (1,70000,1) blocks"));
  CHECK(contains(answer<do_nothing>({.blocks = 0, .threads = 1}), "at least one block"));
  CHECK(contains(answer<do_nothing>({.blocks = 1, .threads = 1, .shared_bytes = 240000}),
                 "240000 bytes of shared memory; a block has at most 232448"));
}

TEST_CASE("emulator: violations name the kernel, the block, the thread and the line") {
  const Tensor x({64}, DType::f32, gpu);
  Tensor out({64}, DType::i32, gpu);
  const std::string divergent = answer<wait_in_half_the_block>({.blocks = 1, .threads = 64});
  CHECK(contains(divergent, "kernel wait_in_half_the_block, block (0,0,0), thread ("));
  CHECK(contains(divergent, "emulator_test.cpp:"));
  const bool deadlock = contains(divergent, "deadlock: some threads never come to this barrier");
  const bool returned = contains(divergent, "__syncthreads() after some threads of the block");
  CHECK((deadlock || returned));  // which of them depends on the order
  CHECK_FALSE(answer<return_early>({.blocks = 1, .threads = 32}).empty());
  CHECK(contains(answer<leave_out_my_lane>({.blocks = 1, .threads = 32}), "thread (5,0,0)"));
  CHECK(contains(answer<leave_out_my_lane>({.blocks = 1, .threads = 32}),
                 "a lane outside the mask takes part"));
  int* words = out.device_data<int>();
  CHECK(contains(answer<read_a_stranger>({.blocks = 1, .threads = 32}, words),
                 "a warp operation reads a lane that takes no part"));
  CHECK(contains(answer<meet_elsewhere>({.blocks = 1, .threads = 32}, words),
                 "lanes of one warp meet in different operations"));
  CHECK(contains(answer<want_too_much>({.blocks = 1, .threads = 1}), "more shared memory"));
  const float* numbers = x.device_data<float>();
  CHECK(contains(answer<copy_to_odd_address>({.blocks = 1, .threads = 1}, numbers),
                 "addresses that are multiples of 16"));
  CHECK(contains(answer<forget_a_copy>({.blocks = 1, .threads = 1}, numbers),
                 "returned before its copy_async had finished"));
  const float host = 0;
  CHECK(contains(answer<forget_a_copy>({.blocks = 1, .threads = 1}, &host),
                 "kernel forget_a_copy was given the host address"));
  CHECK(answer<do_nothing>({.blocks = 3, .threads = 64}).empty());  // nothing is left behind
}

TEST_CASE("emulator: what a kernel throws arrives where it was started") {
  CHECK(answer<throw_in_the_third_thread>({.blocks = 1, .threads = 64}) ==
        "the third thread throws");
  CHECK(answer<do_nothing>({.blocks = 3, .threads = 64}).empty());  // nothing is left behind
}

namespace {

__global__ void number_threads(int* out) {
  const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  out[block * (blockDim.x * blockDim.y * blockDim.z) + thread] = static_cast<int>(thread);
}

__global__ void shuffle(int* out) {
  const int mine = static_cast<int>(threadIdx.x);
  out[mine] = __shfl_down_sync(whole_warp, mine, 1);
  out[32 + mine] = __shfl_up_sync(whole_warp, mine, 2);
  out[64 + mine] = __shfl_xor_sync(whole_warp, mine, 3, 8);
  out[96 + mine] = static_cast<int>(__ballot_sync(whole_warp, mine < 4));
  out[128 + mine] = __any_sync(whole_warp, mine == 9) * 2 + __all_sync(whole_warp, mine == 9);
}

__global__ void add_everywhere(float* sum, int* largest) {
  DYNAMIC_SHARED(float, slots);
  const float total = block_join(1.0f, 0.0f, slots, Add{});
  if (threadIdx.x == 0) atomicAdd(sum, total);
  atomicMax(largest, static_cast<int>(blockIdx.x * 1000 + threadIdx.x));
}

}  // namespace

TEST_CASE("emulator: three-dimensional grids and blocks") {
  Tensor out({2 * 3 * 2 * 24}, DType::i32, gpu);
  launch_kernel<number_threads>(Cuda{}, {.blocks = dim3(2, 3, 2), .threads = dim3(2, 3, 4)},
                                out.device_data<int>());
  const auto numbers = out.to_vector<std::int32_t>();
  for (std::size_t i = 0; i < numbers.size(); ++i) CHECK(numbers[i] == static_cast<int>(i % 24));
}

TEST_CASE("emulator: shuffles and votes", "[race]") {
  Tensor out({5, 32}, DType::i32, gpu);
  launch_kernel<shuffle>(Cuda{}, {.blocks = 1, .threads = 32}, out.device_data<int>());
  const auto numbers = out.to_vector<std::int32_t>();
  for (int lane = 0; lane < 32; ++lane) {
    const auto row = [&](int i) { return numbers[static_cast<std::size_t>(32 * i + lane)]; };
    CHECK(row(0) == (lane == 31 ? 31 : lane + 1));
    CHECK(row(1) == (lane < 2 ? lane : lane - 2));
    CHECK(row(2) == (lane ^ 3));
    CHECK(row(3) == 0xf);
    CHECK(row(4) == 2);
  }
}

TEST_CASE("emulator: joins and atomic additions of several blocks do not race", "[race]") {
  Tensor sum = zeros({1}, DType::f32, gpu), largest = full({1}, -1, DType::i32, gpu);
  launch_kernel<add_everywhere>(Cuda{},
                                {.blocks = 3, .threads = 96, .shared_bytes = 32 * sizeof(float)},
                                sum.device_data<float>(), largest.device_data<int>());
  CHECK(sum.item<float>() == 288.0f);
  CHECK(largest.item<std::int32_t>() == 2095);
}

namespace {

/// One warp multiplies A [16, 16] by B [16, 8]; B is read through the transposing load.
__global__ void multiply_16_16_8(const bfloat16* a, const bfloat16* b, float* c) {
  SHARED(bfloat16, left, [16][16]);
  SHARED(bfloat16, right, [16][16]);
  const int lane = static_cast<int>(threadIdx.x);
  copy_async(&left[lane / 2][lane % 2 * 8], a + lane * 8);
  copy_async(&right[lane / 2][lane % 2 * 8], b + lane / 2 * 8, lane % 2 == 0);
  commit_copies();
  wait_for_copies<0>();
  __syncwarp();
  std::uint32_t a_registers[4], b_registers[4];
  load_matrices(a_registers, &left[lane % 16][lane / 16 * 8]);
  load_matrices<true>(b_registers, &right[lane % 16][lane / 16 * 8]);
  float sums[4] = {};
  multiply_accumulate(sums, a_registers, {b_registers[0], b_registers[1]});
  for (int i = 0; i < 4; ++i) c[(lane / 4 + i / 2 * 8) * 8 + lane % 4 * 2 + i % 2] = sums[i];
}

}  // namespace

TEST_CASE("emulator: the tensor cores' product equals its definition", "[race]") {
  const auto entry = [](int seed, int i) { return static_cast<float>((i * seed) % 7 - 3); };
  std::vector<bfloat16> a(256), b(128);
  for (int i = 0; i < 256; ++i) a[static_cast<std::size_t>(i)] = bfloat16(entry(3, i));
  for (int i = 0; i < 128; ++i) b[static_cast<std::size_t>(i)] = bfloat16(entry(5, i));
  Tensor c({16, 8}, DType::f32, gpu);
  const Tensor left = tensor_of<bfloat16>({16, 16}, a).to(gpu);
  const Tensor right = tensor_of<bfloat16>({16, 8}, b).to(gpu);
  launch_kernel<multiply_16_16_8>(Cuda{}, {.blocks = 1, .threads = 32},
                                  left.device_data<bfloat16>(), right.device_data<bfloat16>(),
                                  c.device_data<float>());
  const auto numbers = c.to_vector<float>();
  for (int row = 0; row < 16; ++row)
    for (int column = 0; column < 8; ++column) {
      float expected = 0;
      for (int k = 0; k < 16; ++k) expected += entry(3, row * 16 + k) * entry(5, k * 8 + column);
      CHECK(numbers[static_cast<std::size_t>(row * 8 + column)] == expected);
    }
}
