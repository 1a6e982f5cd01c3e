// Attention of f32 tensors on a CPU whose products are in bf16.
#include <cmath>
#include <vector>

#include "attention/ops/fused/attend_fused.h"
#include "tensor/precision.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

struct Problem {
  Tensor q, k, v, d_output;
  AttentionOptions options;
};

/// Numbers that bf16 holds, so that only what is calculated with them is compared.
Problem random_problem(std::int64_t batch, std::int64_t query, std::int64_t key,
                       std::int64_t d_head, const Mask& mask) {
  const auto random = [&](std::int64_t length, std::uint32_t site) {
    const Tensor x = normal({batch, length, 2 * d_head}, site, DType::f32).to(cpu);
    return cast(cast(x, DType::bf16), DType::f32);
  };
  return {random(query, 1),
          random(key, 2),
          random(key, 3),
          random(query, 4),
          {.heads = 2, .mask = mask, .dropout = 0.3, .key = {.seed = 7, .step = 2, .site = 5}}};
}

std::vector<Tensor> forward_and_backward(const Problem& p) {
  const AttendResult result = attend_fused(p.q, p.k, p.v, p.options);
  const AttendGradients gradients =
      attend_fused_backward(p.q, p.k, p.v, result, p.d_output, p.options);
  return {result.output, gradients.dq, gradients.dk, gradients.dv};
}

double relative_error(const Tensor& x, const Tensor& reference) {
  const std::vector<double> a = numbers(x), b = numbers(reference);
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += (a[i] - b[i]) * (a[i] - b[i]);
    norm += b[i] * b[i];
  }
  return std::sqrt(difference / (norm + 0.01 * static_cast<double>(a.size())));
}

std::vector<Mask> masks(std::int64_t key) {
  const auto some = static_cast<std::int32_t>(key * 2 / 3);
  const Tensor lengths = tensor_of<std::int32_t>({2}, {some, static_cast<std::int32_t>(key)});
  return {no_mask(),
          causal_mask(),
          padding_mask(lengths.to(cpu)),
          window_mask({.before = 70}),
          {.causal = true, .window = Window{.before = 20, .globals = 3}}};
}

}  // namespace

TEST_CASE("attention in bf16 on a CPU is attention up to its rounding", "[attention]") {
  for (const std::int64_t query : {1, 15, 49, 200})
    for (const std::int64_t key : {1, 33, 200})
      for (const std::int64_t d_head : {5, 32, 64})
        for (const Mask& mask : masks(key)) {
          if ((mask.causal || mask.window) && query != key) continue;
          const Problem problem = random_problem(2, query, key, d_head, mask);
          const auto exact = forward_and_backward(problem);
          const WithPrecision scope(Precision::bf16);
          const auto rounded = forward_and_backward(problem);
          for (std::size_t i = 0; i < exact.size(); ++i) {
            if (key == 1 && (i == 1 || i == 2)) continue;  // dq and dk are zero, and rounding
            INFO("output, dq, dk, dv: number " << i << ", query " << query << ", key " << key
                                               << ", d_head " << d_head);
            // A derivative by a score is what is left after subtracting from a rounded one.
            REQUIRE(relative_error(rounded[i], exact[i]) < 2e-2);
            // It is in bf16: weights are rounded, where there is more than one.
            if (key > 1 && d_head > 5) REQUIRE(relative_error(rounded[i], exact[i]) > 1e-5);
          }
        }
}

TEST_CASE("attention in bf16 on a CPU: the same bits on any number of threads", "[attention]") {
  const WithPrecision scope(Precision::bf16);
  const Problem problem = random_problem(2, 700, 700, 32, causal_mask());
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(same_on_two_threads([&] { return forward_and_backward(problem)[i]; }));
}

TEST_CASE("attention in bf16 on a CPU: an answer does not depend on what comes later",
          "[attention]") {
  const WithPrecision scope(Precision::bf16);
  const Problem whole = random_problem(1, 333, 333, 32, causal_mask());
  for (const std::int64_t length : {1, 2, 31, 100, 257}) {
    const auto first = [&](const Tensor& x) {
      return x.reshape({333, 64}).slice(0, length).reshape({1, length, 64});
    };
    AttentionOptions options = whole.options;
    options.dropout = 0;  // whose draws are counted by the length
    const Tensor full = attend_fused(whole.q, whole.k, whole.v, options).output;
    CHECK(same_bits(attend_fused(first(whole.q), first(whole.k), first(whole.v), options).output,
                    first(full)));
  }
}
