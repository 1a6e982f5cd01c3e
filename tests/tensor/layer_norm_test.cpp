#include "tensor/ops/layer_norm.h"

#include "tensor/ops/arithmetic.h"
#include "tensor/ops/reduce.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

TEST_CASE("layer_norm: by hand") {
  // mean 3, variance 4
  const Tensor x = tensor_of<double>({1, 2}, {1, 5});
  const NormalizedRows result =
      layer_norm(x, tensor_of<double>({2}, {10, 20}), tensor_of<double>({2}, {1, 2}), 0.0);
  CHECK(result.y.to_vector<double>() == std::vector<double>{-9, 22});
  CHECK(result.mean.item<double>() == 3);
  CHECK(result.reciprocal_deviation.item<double>() == 0.5);
}

TEST_CASE("layer_norm: rows get mean 0 and variance 1; shift and scale change nothing") {
  const Tensor x = normal({6, 100}, 1);
  const Tensor one = full({100}, 1, DType::f64), zero = full({100}, 0, DType::f64);
  const Tensor y = layer_norm(x, one, zero, 0.0).y;
  CHECK(close(sum_axis(y, 1), zeros({6}, DType::f64), 0, 1e-12));
  CHECK(close(sum_axis(multiply(y, y), 1), full({6}, 100, DType::f64), 1e-12, 0));
  const Tensor moved = add(scale(x, 7), full({}, -3, DType::f64));
  CHECK(close(layer_norm(moved, one, zero, 0.0).y, y, 1e-11, 1e-11));
}

TEST_CASE("layer_norm: a constant row gives the bias") {
  const Tensor y = layer_norm(full({2, 40}, 3), full({40}, 1), full({40}, 0.5), 1e-5).y;
  CHECK(close(y, full({2, 40}, 0.5)));
}

TEST_CASE("layer_norm: f32 agrees with f64, two threads with one") {
  const std::vector<Tensor> inputs = {normal({500, 70}, 1), normal({70}, 2), normal({70}, 3),
                                      normal({500, 70}, 4)};
  const auto forward = [](const std::vector<Tensor>& in) {
    return layer_norm(in[0], in[1], in[2], 1e-5).y;
  };
  const auto gradients = [](const std::vector<Tensor>& in) {
    const NormalizedRows rows = layer_norm(in[0], in[1], in[2], 1e-5);
    return layer_norm_backward(in[0], in[1], rows.mean, rows.reciprocal_deviation, in[3]);
  };
  CHECK(f32_agrees_with_f64(forward, inputs));
  CHECK(f32_agrees_with_f64([&](const auto& in) { return gradients(in).d_x; }, inputs));
  // Sums of 500 numbers: their rounding is measured against their size of about 22.
  CHECK(f32_agrees_with_f64([&](const auto& in) { return scale(gradients(in).d_weight, 0.04); },
                            inputs));
  std::vector<Tensor> single;
  for (const Tensor& input : inputs) single.push_back(cast(input, DType::f32));
  CHECK(same_on_two_threads([&] { return gradients(single).d_x; }));
  CHECK(same_on_two_threads([&] { return gradients(single).d_weight; }));
  CHECK(same_on_two_threads([&] { return gradients(single).d_bias; }));
}

TEST_CASE("layer_norm: a weight of another length is refused") {
  const std::string message = message_of([] {
    layer_norm(Tensor({2, 4}), Tensor({3}), Tensor({4}), 1e-5);
  });
  CHECK(contains(message, "layer_norm of [2, 4] needs weight and bias of shape [4], got [3]"));
}
