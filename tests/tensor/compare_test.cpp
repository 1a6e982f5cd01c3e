#include "tensor/ops/compare.h"

#include <limits>

#include "tensor/create.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/matmul.h"
#include "tensor/ops/pointwise.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;
using Floats = std::vector<float>;

TEST_CASE("operators: those of arithmetic, with numbers on either side") {
  const Tensor a = matrix({{1, 2}, {3, 4}}), b = vector({10, 100});
  CHECK((a + b).to_vector() == Floats{11, 102, 13, 104});
  CHECK((a - b).to_vector() == Floats{-9, -98, -7, -96});
  CHECK((a * b).to_vector() == Floats{10, 200, 30, 400});
  CHECK((b / vector({4, 8})).to_vector() == Floats{2.5, 12.5});
  CHECK((a + 1).to_vector() == Floats{2, 3, 4, 5});
  CHECK((a - 1).to_vector() == Floats{0, 1, 2, 3});
  CHECK((a * 2).to_vector() == Floats{2, 4, 6, 8});
  CHECK((a / 2).to_vector() == Floats{0.5, 1, 1.5, 2});
  CHECK((1 + a).to_vector() == Floats{2, 3, 4, 5});
  CHECK((1 - a).to_vector() == Floats{0, -1, -2, -3});
  CHECK((2 * a).to_vector() == Floats{2, 4, 6, 8});
  CHECK((12 / a).to_vector() == Floats{12, 6, 4, 3});
  CHECK((-a).to_vector() == Floats{-1, -2, -3, -4});
  CHECK((a.slice(0, 1) / 3.0).to_vector()[0] == 1.0f / 3.0f);  // rounded once
  CHECK((2 * cast(a, DType::f64)).dtype() == DType::f64);
}

TEST_CASE("operators: an error names the line where the operator stands") {
  const auto line = text("tests/tensor/compare_test.cpp:", Where::current().line + 1);
  const std::string message = message_of([] { matrix({{1, 2}}) + vector({1, 2, 3}); });
  CHECK(contains(message, line));
  CHECK(contains(message, "shapes [1, 2] and [3] do not fit"));
  CHECK(contains(message_of([] { 2 * ids({1}); }), "compare_test.cpp"));
}

TEST_CASE("maximum: the larger one; a NaN on either side stays") {
  CHECK(maximum(vector({1, 5}), vector({2, 3})).to_vector() == Floats{2, 5});
  CHECK(maximum(matrix({{-1, 5}, {0, -7}}), 0).to_vector() == Floats{0, 5, 0, 0});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Floats both = maximum(vector({nan, 1}), vector({1, nan})).to_vector();
  CHECK((std::isnan(both[0]) && std::isnan(both[1])));
  // half of the gradient to each of two equal numbers
  CHECK(maximum_backward(vector({1, 2, 3}), vector({2, 2, 2}), vector({8, 8, 8})).to_vector() ==
        Floats{0, 4, 8});
}

TEST_CASE("where: chooses; what is not chosen may be NaN") {
  const Tensor x = vector({-1, 4});
  CHECK(greater(x, 0).to_vector() == Floats{0, 1});
  CHECK(equal(x, vector({-1, 3})).to_vector() == Floats{1, 0});
  CHECK(where(greater(x, 0), sqrt(x), 0 * x).to_vector() == Floats{0, 2});
  CHECK(where(matrix({{1}, {0}}), x, -x).to_vector() == Floats{-1, 4, 1, -4});
  CHECK(contains(message_of([] {
                   where(vector({1, 0}), zeros({3}), zeros({3}));
                 }),
                 "shapes [2] and [3]"));
}

TEST_CASE("dot and outer: the products of two vectors") {
  const Tensor a = vector({1, 2, 3}), b = vector({4, 5, 6});
  CHECK(dot(a, b).item() == 32);
  CHECK(dot(a, b).shape() == Shape{});
  CHECK(outer(a, vector({10, 20})).to_vector() == std::vector<float>{10, 20, 20, 40, 30, 60});
  CHECK(contains(message_of([&] { dot(a, vector({1})); }), "got [3] and [1]"));
  CHECK(contains(message_of([&] { outer(a, zeros({1, 1})); }), "compare_test.cpp"));
}
