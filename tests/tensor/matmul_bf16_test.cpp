// Products in bf16 on a CPU: what the instruction does, what it is tied to, and its bits.
#include <cmath>
#include <limits>

#include "tensor/ops/matmul.h"
#include "tensor/ops/permute.h"
#include "tensor/precision.h"
#include "tensor/vector_bf16.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

Tensor numbers_of(const Shape& shape, std::uint32_t site) {
  return normal(shape, site, DType::f32).to(cpu);
}
Tensor rounded(const Tensor& x) { return cast(cast(x, DType::bf16), DType::f32); }

float number(std::int32_t half) { return bit_cast<float>(static_cast<std::uint32_t>(half) << 16); }

}  // namespace

TEST_CASE("bf16: pairs are rounded as bfloat16 rounds") {
  using V = Vector<float>;
  const float specials[] = {1.0f,          1.00390625f, 1.01171875f, -2.5f, 3.0e38f, 3.4e38f,
                            std::nanf(""), -INFINITY,   0.0f,        -0.0f, 1e-30f,  65504.0f};
  float even[V::lanes], odd[V::lanes], both[2 * V::lanes];
  for (int i = 0; i < V::lanes; ++i) {
    both[2 * i] = even[i] = specials[i % 12];
    both[2 * i + 1] = odd[i] = specials[(i + 5) % 12];
  }
  const auto expect = [&](Vector<Bfloat16Pair> pairs, int count) {
    for (int i = 0; i < V::lanes; ++i) {
      const auto of = [&](int place) {
        return std::int32_t{place < count ? bfloat16(both[place]).bits : std::uint16_t{0}};
      };
      INFO("lane " << i << " of " << count);
      CHECK((pairs.value[i] & 0xffff) == of(2 * i));
      CHECK((pairs.value[i] >> 16 & 0xffff) == of(2 * i + 1));
    }
  };
  expect(bfloat16_pairs(V::load(even), V::load(odd)), 2 * V::lanes);
  for (const int count : {1, 2, V::lanes - 1, V::lanes, V::lanes + 1, 2 * V::lanes})
    expect(load_pairs(both, count), count);
}

TEST_CASE("bf16: a step multiplies two numbers and adds in f32") {
  Vector<Bfloat16Pair> a, b;
  Vector<float> c;
  for (int i = 0; i < Vector<float>::lanes; ++i) {
    a.value[i] = bfloat16(1.5f + i).bits | bfloat16(-0.25f * i).bits << 16;
    b.value[i] = bfloat16(3.0f - i).bits | bfloat16(8.0f).bits << 16;
    c.value[i] = 1000.0f * i;
  }
  const Vector<float> sum = multiply_add(a, b, c);
  for (int i = 0; i < Vector<float>::lanes; ++i) {
    const float by_hand = c[i] +
                          number(a.value[i] >> 16 & 0xffff) * number(b.value[i] >> 16 & 0xffff) +
                          number(a.value[i] & 0xffff) * number(b.value[i] & 0xffff);
    CHECK(sum[i] == by_hand);  // all of it fits f32 without rounding
  }
}

TEST_CASE("bf16: a product on a CPU is that of the rounded factors, for all transposes and sizes") {
  for (const std::int64_t rows : {1, 12, 33, 70})
    for (const std::int64_t columns : {1, 17, 64, 290})
      for (const std::int64_t depth : {1, 2, 31, 32, 33, 700}) {
        const Tensor a = numbers_of({rows, depth}, 1), b = numbers_of({depth, columns}, 2);
        const Tensor bias = numbers_of({columns}, 3), before = numbers_of({rows, columns}, 4);
        const double atol = 1e-6 * static_cast<double>(20 + depth);
        const Tensor product = matmul(rounded(a), rounded(b), {.bias = bias});
        const Tensor sum = matmul(rounded(a), rounded(b), {.accumulate_into = before.clone()});
        const WithPrecision scope(Precision::bf16);
        for (const bool turn_a : {false, true})
          for (const bool turn_b : {false, true}) {
            INFO(rows << " x " << columns << " x " << depth << ", " << turn_a << turn_b);
            const Tensor left = turn_a ? transpose(a) : a, right = turn_b ? transpose(b) : b;
            MatmulOptions options{.transpose_a = turn_a, .transpose_b = turn_b, .bias = bias};
            REQUIRE(close(matmul(left, right, options), product, 1e-6, atol));
            options.bias = {};
            options.accumulate_into = before.clone();
            REQUIRE(close(matmul(left, right, options), sum, 1e-6, atol));
          }
      }
}

TEST_CASE("bf16: the bits do not depend on rows, transposes, packing or threads") {
  const WithPrecision scope(Precision::bf16);
  const std::int64_t rows = 1101, columns = 290, depth = 1037;  // three blocks of the depth
  const Tensor a = numbers_of({rows, depth}, 1), b = numbers_of({depth, columns}, 2);
  const Tensor a_turned = transpose(a), b_turned = transpose(b);
  const Tensor whole = matmul(a, b);
  for (const std::int64_t count : {1, 2, 7, 12, 20, 33, 100})
    for (const std::int64_t first : {std::int64_t{0}, std::int64_t{95}, rows - count}) {
      const Tensor part = a.slice(first, first + count);
      const Tensor expected = whole.slice(first, first + count);
      CHECK(same_bits(matmul(part, b), expected));
      CHECK(same_bits(matmul(part, b_turned, {.transpose_b = true}), expected));
      CHECK(same_bits(matmul(part, pack(b)), expected));
      CHECK(same_bits(matmul(part, pack(b_turned, {.transpose_b = true})), expected));
    }
  CHECK(same_bits(matmul(a_turned, b, {.transpose_a = true}), whole));
  CHECK(same_bits(matmul(a_turned, b_turned, {.transpose_a = true, .transpose_b = true}), whole));
  CHECK(same_on_two_threads([&] { return matmul(a, b); }));
  CHECK(same_on_two_threads([&] { return matmul(a.slice(0, 3), b); }));
}

TEST_CASE("bf16: a sum of an odd number of products has nothing added to it") {
  const WithPrecision scope(Precision::bf16);
  const float infinity = std::numeric_limits<float>::infinity();
  // What lies behind the last number, the next row's first, is not looked at.
  const Tensor a = tensor_of<float>({2, 3}, {1, 2, 3, infinity, 1, 1});
  const Tensor b = tensor_of<float>({3, 2}, {1, 0, 0, 1, 2, infinity});
  const std::vector<float> product = matmul(a.slice(0, 1), b).to_vector<float>();
  CHECK(product == std::vector<float>{7, infinity});
  const Tensor standing = tensor_of<float>({3, 1}, {1, 2, 3});
  CHECK(matmul(standing, b, {.transpose_a = true}).to_vector<float>() == product);
}

TEST_CASE("bf16: an old packed matrix keeps the precision in which it was packed") {
  const Tensor a = numbers_of({9, 40}, 1), b = numbers_of({40, 21}, 2);
  const Tensor exact = matmul(a, b);
  const PackedMatrix before = pack(b);
  const WithPrecision scope(Precision::bf16);
  CHECK(same_bits(matmul(a, before), exact));
  CHECK(pack(b).panels.dtype() == DType::bf16);
  CHECK_FALSE(same_bits(matmul(a, pack(b)), exact));
}
