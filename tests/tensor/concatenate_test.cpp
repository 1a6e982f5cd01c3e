#include "tensor/ops/concatenate.h"

#include "tensor/create.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

TEST_CASE("concatenate, slice, surround_with_zeros: by hand") {
  const Tensor a = tensor_of<float>({2, 1}, {1, 2}), b = tensor_of<float>({2, 2}, {3, 4, 5, 6});
  const Tensor joined = concatenate({a, b}, 1);
  CHECK(joined.to_vector<float>() == std::vector<float>{1, 3, 4, 2, 5, 6});
  CHECK(slice(joined, -1, 1, 2).to_vector<float>() == std::vector<float>{3, 5});
  CHECK(surround_with_zeros(a, 1, 1, 3).to_vector<float>() == std::vector<float>{0, 1, 0, 0, 2, 0});
  CHECK(concatenate({a, a}, 0).to_vector<float>() == std::vector<float>{1, 2, 1, 2});
}

TEST_CASE("concatenate: cutting at the seams gives the parts back, along every axis") {
  for (int axis = 0; axis < 3; ++axis) {
    Shape shape{3, 4, 5};
    shape.set(axis, 2);
    const Tensor a = normal({3, 4, 5}, 1), b = normal(shape, 2);
    const Tensor joined = concatenate({a, b, a}, axis);
    const std::int64_t seam = a.dim(axis);
    CHECK(same_bits(slice(joined, axis, 0, seam), a));
    CHECK(same_bits(slice(joined, axis, seam, seam + 2), b));
    CHECK(same_bits(slice(joined, axis, seam + 2, joined.dim(axis)), a));
  }
}

TEST_CASE("concatenate: empty parts, and two threads") {
  const Tensor x = normal({400, 100}, 1, DType::f32);
  CHECK(same_bits(concatenate({Tensor({400, 0}), x}, 1), x));
  CHECK(same_on_two_threads([&] { return concatenate({x, x}, 1); }));
}

TEST_CASE("concatenate: errors show both shapes") {
  CHECK(contains(message_of([] {
                   concatenate({Tensor({2, 3}), Tensor({3, 3})}, 1);
                 }),
                 "[3, 3] does not fit to [2, 3]"));
  CHECK(contains(message_of([] { concatenate({}, 0); }), "at least one"));
  CHECK(contains(message_of([] { slice(Tensor({2, 3}), 1, 2, 4); }), "axis 1 of [2, 3]"));
}

TEST_CASE("stack and select undo each other along every axis") {
  const Tensor a = normal({2, 3}, 1), b = normal({2, 3}, 2);
  for (const int axis : {0, 1, 2, -1}) {
    const Tensor both = stack({a, b}, axis);
    CHECK(both.dim(axis) == 2);
    CHECK(same_bits(select(both, axis, 0), a));
    CHECK(same_bits(select(both, axis, -1), b));
  }
  const Tensor x = matrix({{1, 2, 3}, {4, 5, 6}});
  CHECK(select(x, 1, 1).to_vector() == std::vector<float>{2, 5});
  CHECK(contains(message_of([&] { select(x, 1, 3); }), "3 is not inside axis 1 of [2, 3]"));
  CHECK(contains(message_of([&] { stack({x, zeros({2, 2})}, 0); }), "concatenate_test.cpp"));
}
