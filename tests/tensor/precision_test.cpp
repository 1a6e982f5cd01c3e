#include "tensor/precision.h"

#include "tensor/ops/matmul.h"
#include "tests/tensor/on_gpu.h"

using namespace lectern;

TEST_CASE("precision: f64 products stay as they are, and no tensor changes its dtype on a CPU") {
  const Tensor a = normal({3, 4}, 1).to(cpu), b = normal({4, 5}, 2).to(cpu);
  const Tensor exact = matmul(a, b);
  const WithPrecision scope(Precision::bf16);
  CHECK(product_dtype(a) == DType::f64);
  CHECK(product_dtype(cast(a, DType::f32)) == DType::f32);
  CHECK(same_bits(matmul(a, b), exact));
}

TEST_CASE("precision: bf16 products of a GPU round their inputs and keep f32 sums", "[gpu]") {
  if (!gpu_is_there()) return;
  const OnDevice on({Device::Kind::cuda});
  const auto rounded = [](const Tensor& x) { return cast(cast(x, DType::bf16), DType::f32); };
  const Tensor a = cast(normal({6, 5, 40}, 1), DType::f32),
               b = cast(normal({40, 9}, 2), DType::f32);
  const Tensor bias = cast(normal({9}, 3), DType::f32),
               sum = cast(normal({6, 5, 9}, 4), DType::f32);
  const Tensor expected = matmul(rounded(a), rounded(b), {.bias = bias});
  const Tensor expected_sum = matmul(rounded(a), rounded(b), {.accumulate_into = sum.clone()});
  const Tensor expected_packed = matmul(rounded(a), pack(rounded(b)), {.bias = bias});

  const WithPrecision scope(Precision::bf16);
  CHECK(product_dtype(a) == DType::bf16);
  const Tensor result = matmul(a, b, {.bias = bias});
  CHECK(result.dtype() == DType::f32);
  CHECK(close(result, expected, 1e-6, 1e-5));
  CHECK(close(matmul(a, b, {.accumulate_into = sum.clone()}), expected_sum, 1e-6, 1e-5));
  CHECK(close(matmul(a, pack(b), {.bias = bias}), expected_packed, 1e-6, 1e-5));
  CHECK(product_dtype(normal({2}, 1)) == DType::f64);
}
