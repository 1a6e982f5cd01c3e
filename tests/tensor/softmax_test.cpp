#include "tensor/ops/softmax.h"

#include <limits>

#include "tensor/ops/arithmetic.h"
#include "tensor/ops/pointwise.h"
#include "tensor/ops/reduce.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

TEST_CASE("softmax: by hand") {
  // e^0 : e^(ln 3) = 1 : 3
  const Tensor scores = tensor_of<double>({1, 2}, {0, std::log(3.0)});
  CHECK(close(softmax(scores), tensor_of<double>({1, 2}, {0.25, 0.75}), 1e-15, 1e-15));
  CHECK(close(log_softmax(scores), tensor_of<double>({1, 2}, {std::log(0.25), std::log(0.75)}),
              1e-15, 1e-15));
  // ds = p (dp − Σ p dp) with dp = (1, 0) and Σ p dp = 1/4
  const Tensor ds = softmax_backward(softmax(scores), tensor_of<double>({1, 2}, {1, 0}));
  CHECK(close(ds, tensor_of<double>({1, 2}, {0.1875, -0.1875}), 1e-15, 1e-15));
}

TEST_CASE("softmax: rows sum to one, and a shift changes nothing") {
  for (const std::int64_t width : {1, 5, 31, 32, 33, 1000}) {
    const Tensor x = normal({7, width}, 1, DType::f32);
    const Tensor p = softmax(x);
    CHECK(close(sum_axis(p, 1), full({7}, 1)));
    CHECK(close(softmax(add(x, full({}, 64))), p, 1e-4, 1e-6));
    CHECK(close(log_softmax(x), log(p), 1e-5, 1e-5));
    CHECK(close(sum_axis(softmax_backward(p, x), 1), full({7}, 0), 0, 1e-6));
  }
}

TEST_CASE("softmax: huge scores, masked scores, rows masked altogether") {
  const float none = -std::numeric_limits<float>::infinity();
  const Tensor scores = tensor_of<float>({3, 2}, {1000, 1000, none, 3, none, none});
  const std::vector<float> expected{0.5f, 0.5f, 0, 1, 0, 0};
  CHECK(softmax(scores).to_vector<float>() == expected);
  const Tensor gradient =
      softmax_backward(softmax(scores), tensor_of<float>({3, 2}, {1, 2, 3, 4, 5, 6}));
  CHECK(gradient.to_vector<float>() == std::vector<float>{-0.25f, 0.25f, 0, 0, 0, 0});
  CHECK(log_softmax(scores).to_vector<float>()[4] == none);
}

TEST_CASE("softmax: f32 agrees with f64, two threads with one") {
  const std::vector<Tensor> inputs = {normal({600, 77}, 1), normal({600, 77}, 2)};
  CHECK(f32_agrees_with_f64([](const auto& in) { return softmax(in[0]); }, inputs));
  CHECK(f32_agrees_with_f64([](const auto& in) { return log_softmax(in[0]); }, inputs));
  const auto backward = [](const auto& in) { return softmax_backward(softmax(in[0]), in[1]); };
  CHECK(f32_agrees_with_f64(backward, inputs));
  CHECK(same_on_two_threads([&] { return backward(inputs); }));
}

TEST_CASE("softmax: a row has the same bits alone and among others") {
  const Tensor x = normal({5, 15}, 1, DType::f32);
  const Tensor p = softmax(x);
  for (std::int64_t row = 0; row < 5; ++row)
    CHECK(same_bits(softmax(x.slice(row, row + 1)), p.slice(row, row + 1)));
}

TEST_CASE("softmax: a scalar has no rows") {
  CHECK(contains(message_of([] { softmax(full({}, 1)); }), "a scalar has none"));
}
