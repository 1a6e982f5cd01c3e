#include "tensor/ops/reduce.h"

#include <limits>

#include "tensor/create.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/is_finite.h"
#include "tensor/ops/matmul.h"
#include "tensor/ops/sum_of_squares.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

TEST_CASE("reduce: by hand") {
  const Tensor x = tensor_of<float>({2, 3}, {1, 5, 3, 4, 2, 6});
  CHECK(sum(x).item<float>() == 21);
  CHECK(mean(x).item<float>() == 3.5f);
  CHECK(sum_axis(x, 0).to_vector<float>() == std::vector<float>{5, 7, 9});
  CHECK(sum_axis(x, -1).to_vector<float>() == std::vector<float>{9, 12});
  CHECK(sum_leading(x).to_vector<float>() == std::vector<float>{5, 7, 9});
  CHECK(max_last(x).to_vector<float>() == std::vector<float>{5, 6});
  CHECK(argmax(x).to_vector<std::int32_t>() == std::vector<std::int32_t>{1, 2});
  CHECK(repeat_axis(tensor_of<float>({2}, {1, 2}), 1, 2).to_vector<float>() ==
        std::vector<float>{1, 1, 2, 2});
  CHECK(repeat_axis(tensor_of<float>({2}, {1, 2}), 0, 2).to_vector<float>() ==
        std::vector<float>{1, 2, 1, 2});
  CHECK(sum_of_squares({x}).item<double>() == 91);
  CHECK(sum_of_squares({x, x.slice(0, 1)}).item<double>() == 91 + 35);
}

TEST_CASE("argmax: the first of equals; NaN is larger than any number") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const Tensor x = tensor_of<float>({3, 3}, {7, 7, 7, 1, nan, 9, -infinity, -infinity, -infinity});
  CHECK(argmax(x).to_vector<std::int32_t>() == std::vector<std::int32_t>{0, 1, 0});
}

TEST_CASE("reduce: summing one axis after another gives the whole sum") {
  for (const Shape shape : {Shape{3, 4, 5}, Shape{700, 33, 1}, Shape{1, 1000, 40}}) {
    const Tensor x = normal(shape, 1);
    const Tensor total = sum(x);
    CHECK(close(sum_axis(sum_axis(sum_axis(x, 2), 1), 0), total, 1e-10, 1e-10));
    CHECK(close(sum_axis(sum_axis(sum_axis(x, 0), 0), 0), total, 1e-10, 1e-10));
    CHECK(close(sum(sum_axis(x, 1)), total, 1e-10, 1e-10));
  }
}

TEST_CASE("reduce: a long axis of wide rows, cut both ways, has the sums of a product with ones") {
  for (const std::int64_t extent : {1, 31, 32, 100})
    for (const std::int64_t inner : {2047, 2048, 5001}) {
      INFO(extent << " rows of " << inner);
      const Tensor x = normal({3, extent, inner}, 1);
      const Tensor sums = matmul(ones({1, extent}, DType::f64), x);  // [3, 1, inner]
      CHECK(close(sum_axis(x, 1), sums.reshape({3, inner}), 1e-12, 1e-12));
      const Tensor single = normal({3, extent, inner}, 1, DType::f32);
      CHECK(same_on_two_threads([&] { return sum_axis(single, 1); }));
    }
}

TEST_CASE("reduce: repeat_axis is the transpose of sum_axis") {
  const Tensor x = normal({3, 4, 5}, 1), y = normal({3, 5}, 2);
  // <sum_axis(x), y> = <x, repeat_axis(y)>
  CHECK(close(sum(multiply(sum_axis(x, 1), y)), sum(multiply(x, repeat_axis(y, 1, 4))), 1e-12,
              1e-12));
}

TEST_CASE("reduce: f32 agrees with f64, two threads with one") {
  const std::vector<Tensor> x = {normal({1000, 130}, 1)};
  CHECK(f32_agrees_with_f64([](const auto& in) { return mean(in[0]); }, x));
  CHECK(f32_agrees_with_f64([](const auto& in) { return scale(sum_leading(in[0]), 1e-3); }, x));
  CHECK(f32_agrees_with_f64([](const auto& in) { return sum_axis(in[0], 1); }, x));
  const Tensor single = normal({1000, 130}, 1, DType::f32);
  CHECK(same_on_two_threads([&] { return sum(single); }));
  CHECK(same_on_two_threads([&] { return sum_leading(single); }));
  CHECK(same_on_two_threads([&] { return sum_of_squares({single}); }));
}

TEST_CASE("reduce: errors") {
  CHECK(contains(message_of([] { sum_axis(Tensor({2, 3}), 2); }), "no axis 2 in shape [2, 3]"));
  CHECK(contains(message_of([] { mean(Tensor({0, 3})); }), "mean of no numbers"));
  CHECK(contains(message_of([] { argmax(Tensor({2, 0})); }), "empty rows"));
}

TEST_CASE("is_finite: finds one NaN or infinity anywhere") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Tensor x = normal({40000}, 1, dtype);
    CHECK(is_finite(x));
    for (const double bad :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
      for (const std::int64_t place : {0, 16383, 39999}) {
        Tensor broken = x.clone();
        broken.slice(place, place + 1).copy_from(full({1}, bad, dtype));
        CHECK_FALSE(is_finite(broken));
      }
    }
  }
  CHECK(is_finite(tensor_of<float>({2}, {3e38f, -3e38f})));
  CHECK(is_finite(tensor_of<std::int32_t>({1}, {-1})));
  CHECK(is_finite(Tensor({0})));
}

TEST_CASE("reduce: mean, variance and maximum along an axis, which may stay") {
  const Tensor x = matrix({{1, 5, 3}, {2, 2, 8}});
  using Floats = std::vector<float>;
  CHECK(mean_axis(x, 1).to_vector() == Floats{3, 4});
  CHECK(mean_axis(x, 0).to_vector() == Floats{1.5, 3.5, 5.5});
  CHECK(variance_axis(x, 1).to_vector()[0] == Approx(8.0 / 3));  // divided by 3, not by 2
  CHECK(max_axis(x, 0).to_vector() == Floats{2, 5, 8});
  CHECK(max_axis(x, -1).to_vector() == Floats{5, 8});
  CHECK(max_axis(arange(8).reshape({2, 2, 2}), 1).to_vector() == Floats{2, 3, 6, 7});
  for (const Tensor& reduced : {sum_axis(x, 1, KeepAxis::yes), mean_axis(x, 1, KeepAxis::yes),
                                variance_axis(x, 1, KeepAxis::yes), max_axis(x, 1, KeepAxis::yes)})
    CHECK(reduced.shape() == Shape{2, 1});
  CHECK(contains(message_of([&] { max_axis(x, 2); }), "no axis 2 in shape [2, 3]"));
  CHECK(contains(message_of([] { mean_axis(zeros({0, 2}), 0); }), "reduce_test.cpp"));
}
