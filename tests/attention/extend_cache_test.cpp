#include "attention/ops/extend_cache.h"

#include "tests/tensor/on_gpu.h"

using namespace lectern;

TEST_CASE("extend_cache: the picked rows, each with its new token behind, by hand") {
  const Tensor cache = tensor_of<float>({2, 2, 1}, {1, 2, 3, 4});  // two rows of two tokens
  const Tensor token = tensor_of<float>({3, 1, 1}, {7, 8, 9});
  const Tensor order = tensor_of<std::int32_t>({3}, {1, 1, 0});
  const Tensor result = extend_cache(cache, order, token);
  CHECK(result.shape() == Shape{3, 3, 1});
  CHECK(result.to_vector<float>() == std::vector<float>{3, 4, 7, 3, 4, 8, 1, 2, 9});
  CHECK(cache.to_vector<float>() == std::vector<float>{1, 2, 3, 4});
}

TEST_CASE("extend_cache: before the first token there is only the token") {
  const Tensor token = normal({3, 1, 4}, 1);
  const Tensor order = tensor_of<std::int32_t>({3}, {0, 0, 0});
  CHECK(same_bits(extend_cache({}, order, token), token));
}

TEST_CASE("extend_cache: many rows, in both dtypes, on any number of threads") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Tensor cache = normal({40, 30, 64}, 1, dtype), token = normal({50, 1, 64}, 2, dtype);
    std::vector<std::int32_t> picked;
    for (int r = 0; r < 50; ++r) picked.push_back(r * 7 % 40);
    const Tensor order = tensor_of<std::int32_t>({50}, picked);
    CHECK(same_on_two_threads([&] { return extend_cache(cache, order, token); }));
    const Tensor result = extend_cache(cache, order, token);
    for (int r = 0; r < 50; ++r) {
      const Tensor row = result.slice(r, r + 1).reshape({31, 64});
      const std::int64_t from = r * 7 % 40;
      CHECK(same_bits(row.slice(0, 30), cache.slice(from, from + 1).reshape({30, 64})));
      CHECK(same_bits(row.slice(30, 31), token.slice(r, r + 1).reshape({1, 64})));
    }
  }
}

TEST_CASE("extend_cache says what does not fit") {
  const CheckedIds on(true);
  const Tensor cache = normal({2, 3, 4}, 1), token = normal({2, 1, 4}, 2);
  const auto complaint = [&](std::initializer_list<std::int32_t> order, const Tensor& newest) {
    const Tensor rows = tensor_of<std::int32_t>({static_cast<std::int64_t>(order.size())}, order);
    return message_of([&] { extend_cache(cache, rows, newest); });
  };
  CHECK(contains(complaint({0, 2}, token), "row 2 is not one of the 2 cached rows"));
  CHECK(contains(complaint({0, -1}, token), "row -1 is not one of the 2 cached rows"));
  CHECK(contains(complaint({0}, token), "[1]"));
  CHECK(contains(complaint({0, 1}, normal({2, 1, 5}, 2)), "[2, 1, 5]"));
}

TEST_CASE("extend_cache: the GPU copies what the CPU copies, where the cache lies", "[gpu]") {
  if (!gpu_is_there()) return;
  const OnDevice scope(cpu);
  const Device gpu{Device::Kind::cuda};
  for (const std::int64_t width : {5, 8}) {
    const Tensor cache = normal({2, 3, width}, 1), token = normal({3, 1, width}, 2);
    const Tensor order = tensor_of<std::int32_t>({3}, {1, 1, 0});
    const Tensor there = extend_cache(cache.to(gpu), order.to(gpu), token.to(gpu));
    CHECK(there.device() == gpu);
    CHECK(same_bits(there.to(cpu), extend_cache(cache, order, token)));
  }
}
