#include "tensor/ops/fixed_point.h"

#include "tests/tensor/on_gpu.h"

using namespace lectern;

TEST_CASE("fixed point: by hand") {
  const Tensor x = tensor_of<double>({5}, {0, 1, -0.5, 1.5 / (1 << 20), 2047.75});
  const Tensor fixed = to_fixed_point(x);
  CHECK(fixed.to_vector<std::int32_t>() ==
        std::vector<std::int32_t>{0, 1 << 20, -(1 << 19), 2, 2147221504});
  CHECK(from_fixed_point(fixed, DType::f64).to_vector<double>() ==
        std::vector<double>{0, 1, -0.5, 2.0 / (1 << 20), 2047.75});
}

TEST_CASE("fixed point: what is added can be taken away, beyond the ends too") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Tensor fixed = to_fixed_point(normal({7, 33}, 1, dtype));
    for (const double size : {1e-3, 1.0, 1e4, 1e30}) {
      const Tensor x = random_normal({7, 33}, size, {.seed = 2}, dtype);
      const Tensor sum = add_to_fixed_point(fixed, x);
      CHECK((size > 1e9 || !same_bits(sum, fixed)));
      CHECK(same_bits(subtract_from_fixed_point(sum, x), fixed));
    }
  }
}

TEST_CASE("fixed point: the error of a number is half a step") {
  const Tensor x = normal({1000}, 3);
  CHECK(close(from_fixed_point(to_fixed_point(x), DType::f64), x, 0, 0.5 / (1 << 20)));
}

TEST_CASE("fixed point: the GPU counts the same steps", "[gpu]") {
  if (!gpu_is_there()) return;
  const auto sum = [](const std::vector<Tensor>& in) {
    return add_to_fixed_point(to_fixed_point(in[0]), in[1]);
  };
  const auto back = [](const std::vector<Tensor>& in) {
    return from_fixed_point(to_fixed_point(in[0]), in[0].dtype());
  };
  expect_gpu_agrees({{"add_to_fixed_point", sum}, {"from_fixed_point", back}},
                    {normal({5, 301}, 1), random_normal({5, 301}, 1e5, {.seed = 2}, DType::f64)});
}

TEST_CASE("fixed point says what it cannot add") {
  CHECK(contains(message_of([] { add_to_fixed_point(zeros({2}), zeros({2})); }),
                 "needs i32 steps, got f32"));
  CHECK(contains(message_of([] { add_to_fixed_point(zeros({2}, DType::i32), zeros({3})); }),
                 "needs equal shapes"));
}
