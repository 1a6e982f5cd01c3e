#include "attention/linear.h"

#include <cmath>

#include "attention/multi_head.h"
#include "attention/ops/linear/attend_linear.h"
#include "autograd/gradcheck.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

bool on_gpu() { return default_device().kind == Device::Kind::cuda; }

using Attend = Variable (*)(const Variable&, const Variable&, const Variable&,
                            const AttentionOptions&);

/// The output and the gradients dq, dk, dv.
std::vector<Tensor> run(Attend attend, const std::vector<Tensor>& qkv, const Tensor& d_output,
                        const AttentionOptions& options) {
  std::vector<Variable> in;
  for (const Tensor& x : qkv) in.push_back(Variable::parameter(x));
  const Variable output = attend(in[0], in[1], in[2], options);
  backward(output, d_output);
  return {output.value(), in[0].gradient(), in[1].gradient(), in[2].gradient()};
}

std::vector<Tensor> random_qkv(std::int64_t batch, std::int64_t query, std::int64_t key,
                               std::int64_t d_model, DType dtype = DType::f64) {
  return {normal({batch, query, d_model}, 1, dtype), normal({batch, key, d_model}, 2, dtype),
          normal({batch, key, d_model}, 3, dtype)};
}

/// Masks of a batch of two: nothing padded, and the first sequence cut to a part.
std::vector<Mask> masks(std::int64_t key) {
  const Tensor lengths = tensor_of<std::int32_t>(
      {2}, {static_cast<std::int32_t>(key / 3), static_cast<std::int32_t>(key)});
  return {no_mask(), causal_mask(), padding_mask(lengths), causal_padding_mask(lengths)};
}

}  // namespace

TEST_CASE("linear attention by hand", "[linear]") {
  const Tensor q = tensor_of<double>({1, 2, 1}, {0, 1}), v = tensor_of<double>({1, 2, 1}, {3, 6});
  const Tensor k = tensor_of<double>({1, 2, 1}, {1, -std::log(2.0)});  // features 2 and 1/2
  const auto all = attend_linear(q, k, v, {}).output.to_vector<double>();
  CHECK(all[0] == Approx((2 * 3 + 0.5 * 6) / 2.5));
  CHECK(all[1] == Approx((2 * 3 + 0.5 * 6) / 2.5));  // one feature: no query can prefer a key
  const auto causal = attend_linear(q, k, v, {.mask = causal_mask()}).output.to_vector<double>();
  CHECK(causal[0] == Approx(3));
  CHECK(causal[1] == Approx(3.6));
}

TEST_CASE("linear attention = its definition, values and gradients, every length and mask",
          "[linear]") {
  const std::vector<std::int64_t> lengths = on_gpu() ? std::vector<std::int64_t>{1, 33, 70}
                                                     : std::vector<std::int64_t>{1, 7, 48, 49, 131};
  for (const DType dtype : {DType::f64, DType::f32})
    for (const std::int64_t length : lengths)
      for (const int heads : {1, 3})
        for (const Mask& mask : masks(length)) {
          const std::int64_t d_model = heads * (length == 49 ? 21 : 8);
          const AttentionOptions options{.heads = heads, .mask = mask};
          const auto qkv = random_qkv(2, length, length, d_model, dtype);
          const Tensor d_output = normal({2, length, d_model}, 4, dtype);
          const auto fused = run(attend_linear, qkv, d_output, options);
          const auto defined = run(attend_linear_by_definition, qkv, d_output, options);
          for (std::size_t i = 0; i < fused.size(); ++i) {
            INFO("tensor " << i << ", length " << length << ", heads " << heads << ", causal "
                           << mask.causal << ", padded " << mask.key_lengths.defined());
            // A query that sees no key is divided by 1e-6, which magnifies rounding.
            const double tolerance = dtype == DType::f64 ? 1e-9 : 1e-4;
            REQUIRE(close(fused[i], defined[i], tolerance, tolerance));
          }
        }
}

TEST_CASE("linear attention: more keys than queries, and fewer", "[linear]") {
  for (const std::int64_t key : {5, 60, 100}) {
    const auto qkv = random_qkv(2, 60, key, 16);
    const Tensor d_output = normal({2, 60, 16}, 4);
    const AttentionOptions options{.heads = 2, .mask = masks(key)[2]};
    const auto fused = run(attend_linear, qkv, d_output, options);
    const auto defined = run(attend_linear_by_definition, qkv, d_output, options);
    for (std::size_t i = 0; i < fused.size(); ++i) CHECK(close(fused[i], defined[i], 1e-9, 1e-9));
  }
}

TEST_CASE("linear attention: gradients by central differences", "[linear]") {
  for (const bool causal : {false, true}) {
    std::vector<Variable> inputs;
    for (const Tensor& x : random_qkv(1, 6, 6, 4)) inputs.push_back(Variable::parameter(x));
    const AttentionOptions options{.heads = 2, .mask = {.causal = causal}};
    const GradcheckReport report = gradcheck(
        [&](const std::vector<Variable>& in) {
          return attend_linear(in[0], in[1], in[2], options);
        },
        inputs, {.atol = 1e-7, .rtol = 1e-6});
    INFO(report.message);
    CHECK(report.passed);
  }
}

TEST_CASE("linear attention: what is hidden changes nothing, bit for bit", "[linear]") {
  const auto qkv = random_qkv(1, 60, 60, 8, DType::f32);
  std::vector<Tensor> other;
  for (const Tensor& x : qkv) other.push_back(x.to(cpu).clone());
  for (Tensor& x : other) std::fill_n(x.data<float>() + 50 * 8, 10 * 8, 7.0f);
  for (Tensor& x : other) x = x.to(default_device());
  const Mask padded = padding_mask(tensor_of<std::int32_t>({1}, {50}));
  for (const Mask& mask : {causal_mask(), padded}) {
    const AttentionOptions options{.heads = 2, .mask = mask};
    const auto first_rows = [&](const std::vector<Tensor>& in) {
      return attend_linear(in[0], in[1], in[2], options).output.reshape({60, 8}).slice(0, 50);
    };
    CHECK(same_bits(first_rows(qkv), first_rows(other)));
  }
}

TEST_CASE("linear attention: the same bits on any number of threads", "[linear]") {
  const auto qkv = random_qkv(2, 100, 100, 32, DType::f32);
  const AttentionOptions options{.heads = 4, .mask = causal_mask()};
  CHECK(same_on_two_threads([&] { return attend_linear(qkv[0], qkv[1], qkv[2], options).output; }));
}

TEST_CASE("linear attention: bf16 is calculated in f32", "[linear]") {
  const auto exact = random_qkv(1, 40, 40, 8, DType::f32);
  std::vector<Tensor> rounded, wide;
  for (const Tensor& x : exact) rounded.push_back(cast(x, DType::bf16));
  for (const Tensor& x : rounded) wide.push_back(cast(x, DType::f32));
  const AttentionOptions options{.heads = 2, .mask = causal_mask()};
  const Tensor dy = cast(normal({1, 40, 8}, 4, DType::f32), DType::bf16);
  const auto half = run(attend_linear, rounded, dy, options);
  const auto full = run(attend_linear, wide, cast(dy, DType::f32), options);
  for (std::size_t i = 0; i < half.size(); ++i) CHECK(close(half[i], full[i], 1.6e-2, 1.6e-2));
}

TEST_CASE("linear attention: memory grows with the length, forward and backward", "[linear]") {
  const auto peak = [](std::int64_t length) {
    const auto qkv = random_qkv(1, length, length, 32, DType::f32);
    const Tensor dy = normal({1, length, 32}, 4, DType::f32);
    const std::int64_t before = memory_statistics().in_use;
    reset_high_water();
    run(attend_linear, qkv, dy, {.heads = 4, .mask = causal_mask()});
    return static_cast<double>(memory_statistics().high_water - before);
  };
  const std::int64_t shortest = on_gpu() ? 64 : 1024, longest = on_gpu() ? 512 : 16384;
  const double exponent = std::log(peak(longest) / peak(shortest)) /
                          std::log(static_cast<double>(longest) / static_cast<double>(shortest));
  INFO("exponent " << exponent);
  CHECK(exponent == Approx(1).margin(0.05));
}

TEST_CASE("linear attention says what it cannot do", "[linear]") {
  const auto qkv = random_qkv(1, 3, 4, 4);
  const auto attempt = [&](const AttentionOptions& options) {
    return message_of([&] { attend_linear(qkv[0], qkv[1], qkv[2], options); });
  };
  CHECK(contains(attempt({.dropout = 0.1}), "makes no weights that could be dropped"));
  CHECK(contains(attempt({.mask = causal_mask()}), "as many queries as keys, got 3 and 4"));
}
