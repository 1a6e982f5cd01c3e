// Tensors on several devices: on a GPU or in the emulator. In a build for the CPU, what is said to
// somebody who asks for a GPU.

#include <vector>

#include "tensor/cuda/memory.h"
#include "tensor/has_cuda.h"
#include "tensor/ops/dropout.h"
#include "tensor/ops/fill.h"
#include "tensor/out_of_memory.h"
#include "tests/tensor/on_gpu.h"

using namespace lectern;

namespace {

constexpr Device gpu{Device::Kind::cuda};

}  // namespace

TEST_CASE("device: names, and what a build without GPUs answers") {
  CHECK(text(cpu) == "cpu");
  CHECK(text(Device{Device::Kind::cuda, 1}) == "cuda:1");
  if constexpr (!has_cuda) {
    CHECK(contains(message_of([] { set_default_device(gpu); }), "-DLECTERN_DEVICE=cuda"));
    CHECK(contains(message_of([] { zeros({2}).to(gpu); }), "has no kernels for GPUs"));
    CHECK(default_device() == cpu);
  } else {
    const Device none{Device::Kind::cuda, 99};
    CHECK(contains(message_of([&] { set_default_device(none); }), "there is no GPU cuda:99"));
  }
}

TEST_CASE("device: tensors of the program follow the default device") {
  if (!gpu_is_there()) return;
  const OnDevice scope(gpu);
  CHECK(tensor_of<float>({2}, {1, 2}).device() == gpu);
  CHECK(zeros({2}).device() == gpu);
  CHECK(Tensor({2}).device() == gpu);
  CHECK(zeros({2}, DType::f32, cpu).device() == cpu);
  const RandomKey key{.seed = 3, .site = 1};
  const Tensor there = random_normal({50}, 1.0, key);
  set_default_device(cpu);
  CHECK(there.device() == gpu);
  CHECK(same_bits(there.to(cpu), random_normal({50}, 1.0, key)));
}

TEST_CASE("device: copies between the host and a GPU, and inside it") {
  if (!gpu_is_there()) return;
  const OnDevice scope(cpu);
  const Tensor here = tensor_of<std::int32_t>({2, 2}, {1, 2, 3, 4});
  Tensor there = here.to(gpu);
  CHECK(there.to(gpu).device_data<std::int32_t>() == there.device_data<std::int32_t>());
  CHECK(there.slice(1, 2).to_vector<std::int32_t>() == std::vector<std::int32_t>{3, 4});
  CHECK(there.clone().to_vector<std::int32_t>() == here.to_vector<std::int32_t>());
  there.slice(0, 1).copy_from(tensor_of<std::int32_t>({1, 2}, {7, 8}));
  CHECK(there.to_vector<std::int32_t>() == std::vector<std::int32_t>{7, 8, 3, 4});
  Tensor back = zeros({2, 2}, DType::i32);
  back.copy_from(there);
  CHECK(back.to_vector<std::int32_t>() == there.to_vector<std::int32_t>());
  CHECK(there.slice(1, 1).to(cpu).size() == 0);
  CHECK(contains(message_of([&] { there.data<std::int32_t>(); }), "the numbers lie on cuda:0"));
}

TEST_CASE("device: full in every dtype on a GPU") {
  if (!gpu_is_there()) return;
  const OnDevice scope(gpu);
  CHECK(full({3}, 1.5).to_vector<float>() == std::vector<float>(3, 1.5f));
  CHECK(full({}, 0.1, DType::f64).item<double>() == 0.1);
  CHECK(full({70000}, -7, DType::i32).to_vector<std::int32_t>() ==
        std::vector<std::int32_t>(70000, -7));
  CHECK(full({1}, 0.5, DType::bf16).item<bfloat16>().bits == bfloat16(0.5f).bits);
  CHECK(zeros({0}).size() == 0);
}

TEST_CASE("device: a GPU draws the masks that the CPU draws, bit for bit", "[bit-exact]") {
  if (!gpu_is_there()) return;
  const Tensor ones = full({1001}, 1.0, DType::f32, cpu);
  for (const std::uint32_t step : {0u, 7u}) {
    const RandomKey key{.seed = 42, .step = step, .site = 5};
    CHECK(same_bits(dropout(ones.to(gpu), 0.25, key).to(cpu), dropout(ones, 0.25, key)));
  }
}

TEST_CASE("device: the allocator's figures are exact, and no memory is an error that passes") {
  if (!gpu_is_there()) return;
  release_cached_memory(gpu);
  const MemoryStatistics before = memory_statistics(gpu);
  reset_high_water(gpu);
  {
    const Tensor a({1000}, DType::f32, gpu);
    { const Tensor b({500}, DType::f64, gpu); }
    CHECK(memory_statistics(gpu).in_use == before.in_use + 4000);
    CHECK(memory_statistics(gpu).high_water == before.in_use + 8000);
  }
  CHECK(memory_statistics(gpu).in_use == before.in_use);
  release_cached_memory(gpu);
  CHECK(memory_statistics(gpu).reserved == before.reserved);

  const std::int64_t too_many = std::int64_t{1} << 42;
  CHECK_THROWS_AS(Tensor({too_many}, DType::f32, gpu), OutOfMemory);
  CHECK(contains(message_of([&] { Tensor({too_many}, DType::f32, gpu); }), "does not fit beside"));
  CHECK(full({2}, 3.0, DType::f32, gpu).to_vector<float>() == std::vector<float>{3, 3});
}

TEST_CASE("device: a cached block is used again by tensors of about its size") {
  if (!gpu_is_there()) return;
  release_cached_memory(gpu);
  const std::int64_t before = memory_statistics(gpu).reserved;
  const void* first = Tensor({3000}, DType::f32, gpu).device_data<float>();
  if (memory_statistics(gpu).reserved == before) return;  // LECTERN_ALLOCATOR=direct caches nothing
  {
    const Tensor much_smaller({10}, DType::f32, gpu), similar({2900}, DType::f32, gpu);
    CHECK(similar.device_data<float>() == first);
    CHECK(much_smaller.device_data<float>() != first);
  }
  CHECK(memory_statistics(gpu).reserved > before);
  release_cached_memory(gpu);
  CHECK(memory_statistics(gpu).reserved == before);
}
