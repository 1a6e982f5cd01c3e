// The device layer under tensors, which a build for the CPU does not have: on a GPU or in the
// emulator.

#include <vector>

#include "tensor/cuda/memory.h"
#include "tensor/ops/dropout.h"
#include "tensor/ops/fill.h"
#include "tensor/out_of_memory.h"
#include "tests/tensor/on_gpu.h"

using namespace lectern;

namespace {

constexpr Device gpu{Device::Kind::cuda};

/// Multiplies on the GPU: f64 holds the exact result of small integers.
std::vector<double> product(cuda::Gemm gemm, const Tensor& a, const Tensor& b, const Tensor& start,
                            const Tensor& bias) {
  const auto address = [&](const Tensor& x) -> const void* {
    if (gemm.dtype == DType::f64) return x.device_data<double>();
    return gemm.dtype == DType::f32 ? static_cast<const void*>(x.device_data<float>())
                                    : x.device_data<bfloat16>();
  };
  const auto convert = [&](const Tensor& x) { return cast(x, gemm.dtype).to(gpu); };
  const Tensor left = convert(a), right = convert(b), row = convert(bias);
  Tensor result = convert(start).clone();
  gemm.a = address(left);
  gemm.b = address(right);
  gemm.c = const_cast<void*>(address(result));
  if (gemm.bias != nullptr) gemm.bias = address(row);
  cuda::gemm(Cuda{}, gemm);
  return cast(result.to(cpu), DType::f64).to_vector<double>();
}

}  // namespace

TEST_CASE("device layer: gemm transposes, adds, repeats and starts with a bias") {
  if (!gpu_is_there()) return;
  const OnDevice scope(cpu);
  const Tensor a = tensor_of<double>({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor a_turned = tensor_of<double>({3, 2}, {1, 4, 2, 5, 3, 6});
  const Tensor b = tensor_of<double>({3, 2}, {1, 0, 0, 1, 2, 2});
  const Tensor b_turned = tensor_of<double>({2, 3}, {1, 0, 2, 0, 1, 2});
  const Tensor ones = full({2, 2}, 1.0, DType::f64), bias = tensor_of<double>({2}, {10, 20});
  const std::vector<double> ab{7, 8, 16, 17};
  for (const DType dtype : {DType::f32, DType::f64, DType::bf16}) {
    INFO(dtype);
    const auto with = [&](bool transpose_a, bool transpose_b) {
      return cuda::Gemm{.dtype = dtype,
                        .rows = 2,
                        .columns = 2,
                        .depth = 3,
                        .transpose_a = transpose_a,
                        .transpose_b = transpose_b,
                        .a = nullptr,
                        .b = nullptr,
                        .c = nullptr};
    };
    CHECK(product(with(false, false), a, b, ones, bias) == ab);
    CHECK(product(with(true, false), a_turned, b, ones, bias) == ab);
    CHECK(product(with(false, true), a, b_turned, ones, bias) == ab);
    CHECK(product(with(true, true), a_turned, b_turned, ones, bias) == ab);
    cuda::Gemm gemm = with(false, false);
    gemm.accumulate = true;
    CHECK(product(gemm, a, b, ones, bias) == std::vector<double>{8, 9, 17, 18});
    gemm.accumulate = false;
    gemm.bias = &bias;  // replaced by its address on the GPU
    CHECK(product(gemm, a, b, ones, bias) == std::vector<double>{17, 28, 26, 37});
    gemm.accumulate = true;
    CHECK(product(gemm, a, b, ones, bias) == std::vector<double>{18, 29, 27, 38});
    gemm = with(false, false);
    gemm.batch = 2;  // the same A twice
    gemm.b_stride = 6;
    gemm.c_stride = 4;
    const Tensor two = tensor_of<double>({2, 3, 2}, {1, 0, 0, 1, 2, 2, 0, 0, 0, 0, 1, 0});
    CHECK(product(gemm, a, two, zeros({2, 2, 2}, DType::f64), bias) ==
          std::vector<double>{7, 8, 16, 17, 3, 0, 6, 0});
    gemm = with(false, false);
    gemm.tf32 = true;  // small integers are not rounded
    CHECK(product(gemm, a, b, ones, bias) == ab);
    gemm.depth = 0;
    CHECK(product(gemm, a, b, ones, bias) == std::vector<double>(4, 0.0));
  }
}

TEST_CASE("device layer: sort_pairs keeps the order of equal keys", "[bit-exact]") {
  if (!gpu_is_there()) return;
  const OnDevice scope(gpu);
  // keys as u32 in i32 tensors: -1 is the largest
  const Tensor keys = tensor_of<std::int32_t>({6}, {5, -1, 0, 5, 260, 0});
  const Tensor values = tensor_of<std::int32_t>({6}, {0, 1, 2, 3, 4, 5});
  Tensor sorted_keys = empty_like(keys), sorted_values = empty_like(values);
  const auto sort = [&](int bits) {
    cuda::sort_pairs(Cuda{}, 6,
                     reinterpret_cast<const std::uint32_t*>(keys.device_data<std::int32_t>()),
                     values.device_data<std::int32_t>(),
                     reinterpret_cast<std::uint32_t*>(sorted_keys.device_data<std::int32_t>()),
                     sorted_values.device_data<std::int32_t>(), bits);
    return sorted_values.to_vector<std::int32_t>();
  };
  CHECK(sort(32) == std::vector<std::int32_t>{2, 5, 0, 3, 4, 1});
  CHECK(sorted_keys.to_vector<std::int32_t>() == std::vector<std::int32_t>{0, 0, 5, 5, 260, -1});
  CHECK(sort(8) == std::vector<std::int32_t>{2, 5, 4, 0, 3, 1});  // 260 counts as 4
}

TEST_CASE("device layer: a graph repeats numbers as they were, and memory as it is") {
  if (!gpu_is_there()) return;
  const OnDevice scope(cpu);
  Tensor source = full({3}, 1.0, DType::f32, gpu);
  Tensor copied = zeros({3}, DType::f32, gpu), filled = copied.clone();
  double value = 5;
  Tensor kept;
  {
    const cuda::Graph graph(Cuda{}, [&] {
      const Tensor scratch = source.clone();  // its memory stays the graph's
      copied.copy_from(scratch);
      fill(filled, value);
      kept = source.clone();
    });
    CHECK(copied.to_vector<float>() == std::vector<float>{0, 0, 0});  // recorded, not run
    fill(source, 2.0);
    value = 6;
    graph.launch();
    CHECK(copied.to_vector<float>() == std::vector<float>{2, 2, 2});  // what memory holds now
    CHECK(filled.to_vector<float>() == std::vector<float>{5, 5, 5});  // what was passed then

    kept = Tensor();  // the graph still writes there: nobody else may get this memory
    const Tensor other = full({3}, 9.0, DType::f32, gpu);
    fill(source, 3.0);
    graph.launch();
    CHECK(other.to_vector<float>() == std::vector<float>{9, 9, 9});
    CHECK(copied.to_vector<float>() == std::vector<float>{3, 3, 3});
  }
  const cuda::Graph empty(Cuda{}, [] {});
  empty.launch();
}

TEST_CASE("device layer: the host takes no part in a graph, and a failed capture ends") {
  if (!gpu_is_there()) return;
  const OnDevice scope(cpu);
  const Tensor x = full({2}, 1.0, DType::f32, gpu);
  const auto read = [&] { x.to(cpu); };
  CHECK(contains(message_of([&] { cuda::Graph(Cuda{}, read); }), "while a graph is captured"));
  CHECK(x.to_vector<float>() == std::vector<float>{1, 1});
}

TEST_CASE("device layer: clear, events, and what the GPU is") {
  if (!gpu_is_there()) return;
  Tensor x = full({5}, 1.0, DType::f32, gpu);
  cuda::Event before(Cuda{}), after(Cuda{});
  before.record();
  cuda::clear(Cuda{}, x.device_data<float>() + 1, 3 * sizeof(float));
  after.record();
  cuda::synchronize(Cuda{});
  CHECK(after.milliseconds_since(before) >= 0);
  CHECK(x.to_vector<float>() == std::vector<float>{1, 0, 0, 0, 1});
  const cuda::DeviceInfo info = cuda::device_info(Cuda{});
  CHECK_FALSE(info.name.empty());
  CHECK(info.free_bytes <= info.total_bytes);
  CHECK(cuda::why_unavailable().empty());
}
