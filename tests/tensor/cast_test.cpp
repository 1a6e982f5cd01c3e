#include "tensor/ops/cast.h"

#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

TEST_CASE("cast: between all dtypes") {
  const Tensor x = tensor_of<float>({4}, {1.75f, -2.5f, 0, 300});
  CHECK(cast(x, DType::f64).to_vector<double>() == std::vector<double>{1.75, -2.5, 0, 300});
  CHECK(cast(x, DType::i32).to_vector<std::int32_t>() == std::vector<std::int32_t>{1, -2, 0, 300});
  CHECK(same_bits(cast(cast(x, DType::bf16), DType::f32), x));
  for (const DType from : {DType::f32, DType::f64, DType::i32, DType::bf16})
    for (const DType to : {DType::f32, DType::f64, DType::i32, DType::bf16})
      CHECK(same_bits(cast(cast(cast(full({3}, 7), from), to), DType::f32), full({3}, 7)));
}

TEST_CASE("cast: to the same dtype is no copy; bf16 keeps three digits") {
  const Tensor x = normal({1000}, 1, DType::f32);
  const Tensor same = cast(x, DType::f32);
  CHECK(same_bits(same, x));
  CHECK_FALSE(x.owns_storage_alone());
  CHECK(close(cast(cast(x, DType::bf16), DType::f32), x, 0.004, 0));
  CHECK(same_on_two_threads([&] { return cast(x, DType::bf16); }));
}
