#include "tensor/create.h"

#include "tensor/measure.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;
using Floats = std::vector<float>;
using Ids = std::vector<std::int32_t>;

TEST_CASE("create: tensors written down") {
  CHECK(matrix({{1, 2, 3}, {4, 5, 6}}).shape() == Shape{2, 3});
  CHECK(matrix({{1, 2}, {3, 4}}).to_vector() == Floats{1, 2, 3, 4});
  CHECK(matrix({{1}}, DType::f64).dtype() == DType::f64);
  CHECK(vector({0.5, 2}).to_vector() == Floats{0.5, 2});
  CHECK(ids({1, 5, 9}).to_vector<std::int32_t>() == Ids{1, 5, 9});
  CHECK(ids({{1, 5}, {9, 2}}).shape() == Shape{2, 2});
  CHECK(ids(Ids{7, 8}).shape() == Shape{2});
  CHECK(tensor_of({2}, Floats{1, 2}).dtype() == DType::f32);  // deduced from the vector
  CHECK(contains(message_of([] { matrix({{1, 2}, {3}}); }), "row 0 has 2 numbers, row 1 has 1"));
}

TEST_CASE("create: ones, ranges, the identity, one-hot rows") {
  CHECK(ones({2}).to_vector() == Floats{1, 1});
  CHECK(arange(4).to_vector() == Floats{0, 1, 2, 3});
  CHECK(arange(3, DType::i32).to_vector<std::int32_t>() == Ids{0, 1, 2});
  CHECK(linspace(-1, 1, 5).to_vector() == Floats{-1, -0.5, 0, 0.5, 1});
  CHECK(linspace(0.1, 0.7, 7, DType::f64).to_vector<double>().back() == 0.7);  // to the bit
  CHECK(linspace(3, 9, 1).to_vector() == Floats{3});
  CHECK(identity(2).to_vector() == Floats{1, 0, 0, 1});
  CHECK(one_hot(ids({{2, 0}}), 3).to_vector() == Floats{0, 0, 1, 1, 0, 0});
  CHECK(one_hot(ids({{2, 0}}), 3).shape() == Shape{1, 2, 3});
  CHECK(contains(message_of([] { one_hot(ids({3}), 3); }), "create_test.cpp"));
  CHECK(peak_bytes([] { one_hot(ids({5}), 3000); }) < 100'000);  // no matrix of classes by classes
}
