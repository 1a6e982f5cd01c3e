#include "tensor/tensor.h"

#include "tensor/create.h"
#include "tensor/memory_watch.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/concatenate.h"
#include "tensor/ops/cross_entropy.h"
#include "tensor/ops/gather.h"
#include "tensor/ops/layer_norm.h"
#include "tensor/ops/matmul.h"
#include "tensor/ops/permute.h"
#include "tensor/ops/reduce.h"
#include "tensor/ops/softmax.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

TEST_CASE("tensor: reshape and slice are views, clone is not") {
  Tensor x = tensor_of<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  Tensor column = x.reshape({3, -1});
  CHECK(column.shape() == Shape{3, 2});
  Tensor second = x.slice(1, 2);
  CHECK(second.to_vector<float>() == std::vector<float>{4, 5, 6});

  const Tensor copy = x.clone();
  x.slice(1, 2).copy_from(tensor_of<float>({1, 3}, {40, 5, 6}));
  CHECK(second.to_vector<float>()[0] == 40);
  CHECK(column.to_vector<float>()[3] == 40);
  CHECK(copy.to_vector<float>()[3] == 4);
  CHECK_FALSE(x.owns_storage_alone());
  CHECK(copy.owns_storage_alone());
}

TEST_CASE("tensor: slices of slices, empty slices") {
  const Tensor x = tensor_of<std::int32_t>({4, 1}, {10, 11, 12, 13});
  CHECK(x.slice(1, 4).slice(1, 3).to_vector<std::int32_t>() == std::vector<std::int32_t>{12, 13});
  CHECK(x.slice(2, 2).size() == 0);
  CHECK(x.slice(2, 2).shape() == Shape{0, 1});
}

TEST_CASE("tensor: full in every dtype") {
  CHECK(full({2}, 1.5).to_vector<float>() == std::vector<float>{1.5f, 1.5f});
  CHECK(full({1}, 0.1, DType::f64).item<double>() == 0.1);
  CHECK(full({1}, -16777217, DType::i32).item<std::int32_t>() == -16777217);
  CHECK(static_cast<float>(full({1}, 0.5, DType::bf16).item<bfloat16>()) == 0.5f);
}

TEST_CASE("tensor: errors say what came and what was expected") {
  const Tensor x({2, 3});
  CHECK(contains(message_of([&] { x.reshape({4, 2}); }), "[2, 3] has 6 numbers"));
  CHECK(contains(message_of([&] { x.slice(1, 3); }), "rows 1 to 3 are not inside [2, 3]"));
  CHECK(contains(message_of([&] { x.item<double>(); }), "item() needs one number"));
  const Tensor here = x.to(cpu);
  CHECK(contains(message_of([&] { here.data<double>(); }), "expected a tensor of f64, got f32"));
  CHECK(contains(message_of([&] { here.device_data<float>(); }), "on a GPU, got one on cpu"));
  CHECK(contains(message_of([] { Tensor().data<float>(); }), "never given a value"));
  const std::int64_t batch = 2, length = 4;
  CHECK(contains(message_of([&] { EXPECT_SHAPE(x, batch, length); }),
                 "x is [2, 3], expected [batch, length] = [2, 4]"));
}

TEST_CASE("allocator: in_use and high_water are exact") {
  const auto statistics = [] { return memory_statistics(default_device()); };
  const std::int64_t before = statistics().in_use;
  reset_high_water(default_device());
  {
    const Tensor a({1000});                 // 4000 bytes
    { const Tensor b({500}, DType::f64); }  // 4000 bytes more, for a while
    CHECK(statistics().in_use == before + 4000);
    CHECK(statistics().high_water == before + 8000);
    const Tensor view = a.reshape({10, 100});
    CHECK(statistics().in_use == before + 4000);
  }
  CHECK(statistics().in_use == before);
  CHECK(statistics().high_water == before + 8000);
}

TEST_CASE("allocator: whoever watches is told of every block, and nobody afterwards") {
  std::vector<std::int64_t> bytes;
  const std::int64_t before = memory_statistics().in_use;
  std::int64_t in_use = 0;
  {
    const MemoryWatch watch(default_device(), [&](const MemoryEvent& event) {
      bytes.push_back(event.bytes);
      in_use = event.in_use;
    });
    const Tensor kept({10});
    { const Tensor freed({5}, DType::f64); }
    CHECK(in_use == before + 40);
  }
  { const Tensor unseen({7}); }
  CHECK(bytes == std::vector<std::int64_t>{40, 40, -40, -40});
}

TEST_CASE("allocator: of two watches the latest listens") {
  int first = 0, second = 0;
  const MemoryWatch outer(default_device(), [&](const MemoryEvent&) { ++first; });
  {
    const MemoryWatch inner(default_device(), [&](const MemoryEvent&) { ++second; });
    const Tensor x({1});
  }
  { const Tensor y({1}); }
  CHECK(first == 2);
  CHECK(second == 2);
}

TEST_CASE("allocator: blocks of the host are aligned, used again, and given back on request") {
  release_cached_memory(cpu);
  const std::int64_t reserved = memory_statistics(cpu).reserved;
  const void* first = nullptr;
  {
    const Tensor x({333}, DType::f32, cpu);
    first = x.data<float>();
    CHECK(reinterpret_cast<std::uintptr_t>(first) % 64 == 0);
  }
  {
    const Tensor x({330}, DType::f32, cpu);
    CHECK(x.data<float>() == first);
  }
  CHECK(memory_statistics(cpu).reserved > reserved);
  release_cached_memory(cpu);
  CHECK(memory_statistics(cpu).reserved == reserved);
}

TEST_CASE("bfloat16: rounds to nearest even and keeps NaN") {
  CHECK(static_cast<float>(bfloat16(1.0f)) == 1.0f);
  CHECK(bfloat16(1.00390625f).bits == 0x3f80);  // halfway: to even
  CHECK(bfloat16(1.01171875f).bits == 0x3f82);  // halfway: to even, upwards
  CHECK(std::isnan(static_cast<float>(bfloat16(std::nanf("")))));
  CHECK(std::isinf(static_cast<float>(bfloat16(3.4e38f))));
}

TEST_CASE("tensor: one number, read and written, from either end") {
  Tensor x = matrix({{1, 2, 3}, {4, 5, 6}});
  CHECK(x.at({1, 2}) == 6);
  CHECK(x.at({-1, 0}) == 4);
  CHECK(x.at<std::int32_t>({0, -2}) == 2);
  CHECK(ids({7, 8}).at({1}) == 8);  // whatever the dtype is
  CHECK(cast(vector({1.5}), DType::bf16).at({0}) == 1.5);
  CHECK(full({}, 2.5).at({}) == 2.5);
  const Tensor same = x;
  x.set({0, -1}, 30);
  CHECK(same.at({0, 2}) == 30);  // copies share the numbers
  CHECK(contains(message_of([&] { x.at({2, 0}); }), "index 2 is not inside axis 0 of [2, 3]"));
  CHECK(contains(message_of([&] { x.at({0, -4}); }), "tests/tensor/tensor_test.cpp:"));
  CHECK(contains(message_of([&] { x.at({0}); }), "[2, 3] needs 2 indices, got 1"));
  CHECK(contains(message_of([&] { x.set({0, 3}, 1); }), "axis 1"));
}

TEST_CASE("tensor: an error names the line of the program, as seen from the root") {
  const auto expect_here = [](const std::string& message) {
    INFO(message);
    CHECK(message.rfind("tests/tensor/tensor_test.cpp:", 0) == 0);
  };
  const Tensor x = zeros({2, 3});
  expect_here(message_of([&] { add(x, zeros({2})); }));
  expect_here(message_of([&] { add(x, zeros({3}, DType::f64)); }));
  expect_here(message_of([&] { softmax(ids({1})); }));
  expect_here(message_of([&] { matmul(x, x); }));
  expect_here(message_of([&] { concatenate({x, zeros({3, 2})}, 1); }));
  expect_here(message_of([&] { slice(x, 1, 2, 4); }));
  expect_here(message_of([&] { permute(x, {0}); }));
  expect_here(message_of([&] { gather_rows(x, ids({2})); }));
  expect_here(message_of([&] { sum_axis(x, 2); }));
  expect_here(message_of([&] { x.reshape({5}); }));
  expect_here(message_of([&] { x.slice(1, 3); }));
  expect_here(message_of([&] { x.dim(2); }));
  expect_here(message_of([&] { tensor_of({3}, std::vector<float>{1, 2}); }));
  expect_here(message_of([&] { layer_norm(x, zeros({2}), zeros({3}), 1e-5); }));
  expect_here(message_of([&] { cross_entropy(x, ids({0, 3})); }));
}
