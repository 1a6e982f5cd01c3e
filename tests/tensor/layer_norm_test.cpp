#include "tensor/ops/layer_norm.h"

#include "tensor/create.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/dropout.h"
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
  CHECK(result.mean.item<double>() == 2);  // less the first number
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

TEST_CASE("dropout_add_layer_norm equals its definition") {
  const RandomKey key{.seed = 7, .step = 3, .site = 1};
  for (const DType dtype : {DType::f32, DType::f64})
    for (const std::int64_t width : {1, 6, 70, 256, 1100})
      for (const double probability : {0.0, 0.3}) {
        INFO(width << ", " << probability);
        const Tensor x = normal({7, width}, 1, dtype), residual = normal({7, width}, 2, dtype);
        const Tensor weight = normal({width}, 3, dtype), bias = normal({width}, 4, dtype);
        const NormalizedSum fused = dropout_add_layer_norm(
            x, residual, weight, bias, {.probability = probability, .key = key, .epsilon = 1e-3});
        const Tensor sum = dropout_add(x, residual, probability, key);
        CHECK(close(fused.sum, sum, 3e-7, 3e-7));
        const NormalizedRows rows = layer_norm(fused.sum, weight, bias, 1e-3);
        CHECK(close(fused.normalized.y, rows.y));
        CHECK(close(fused.normalized.mean, rows.mean));
        CHECK(close(fused.normalized.reciprocal_deviation, rows.reciprocal_deviation));
      }
}

TEST_CASE("dropout_add_layer_norm: threads, and what does not fit") {
  const Tensor x = normal({500, 70}, 1, DType::f32), one = full({70}, 1);
  CHECK(same_on_two_threads(
      [&] { return dropout_add_layer_norm(x, x, one, one, {.probability = 0.1}).normalized.y; }));
  CHECK(contains(message_of([&] {
                   dropout_add_layer_norm(x, Tensor({500, 7}), one, one);
                 }),
                 "needs equal shapes, got [500, 70] and [500, 7]"));
  CHECK(contains(message_of([&] { dropout_add_layer_norm(x, x, one, one, {.probability = 1}); }),
                 "not including, 1; got 1"));
}

TEST_CASE("layer_norm: a mean far from 0 costs f32 no digits, forwards or backwards") {
  const Tensor dy = normal({5, 64}, 2, DType::f32), weight = normal({64}, 3, DType::f32),
               bias = normal({64}, 4, DType::f32);
  for (const double offset : {0.0, 1e3, -1e4, 1e5}) {
    INFO("offset " << offset);
    const Tensor x = cast(normal({5, 64}, 1) + offset, DType::f32);  // rounded here
    const auto all = [&](DType dtype) {
      const Tensor in = cast(x, dtype), w = cast(weight, dtype);
      const NormalizedRows rows = layer_norm(in, w, cast(bias, dtype), 1e-5);
      const auto [d_x, d_weight, d_bias] =
          layer_norm_backward(in, w, rows.mean, rows.reciprocal_deviation, cast(dy, dtype));
      return std::vector{rows.y, d_x, d_weight, d_bias};
    };
    const std::vector<Tensor> single = all(DType::f32), exact = all(DType::f64);
    for (std::size_t i = 0; i < single.size(); ++i) CHECK(close(single[i], exact[i], 2e-6, 4e-6));
  }
}

TEST_CASE("layer_norm: one number far from all others, the first of its row") {
  Tensor x = normal({1, 64}, 1, DType::f32);
  x.set({0, 0}, 1e4);
  const auto y = [&](DType dtype) {
    return layer_norm(cast(x, dtype), ones({64}, dtype), zeros({64}, dtype), 1e-5).y;
  };
  CHECK(close(y(DType::f32), y(DType::f64), 1.3e-6, 2e-6));
}
