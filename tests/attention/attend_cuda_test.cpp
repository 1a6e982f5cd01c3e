#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "attention/laboratory/attend_naive.h"
#include "attention/ops/fused/attend_fused.h"
#include "tensor/cuda/device_layer.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/concatenate.h"
#include "tensor/ops/ids.h"
#include "tests/catch.h"

using namespace lectern;

// The three steps of attention on a GPU against each other and against the CPU.

namespace {

constexpr Device gpu{Device::Kind::cuda};

bool there_is_a_gpu() {
  if (cuda::device_count() > 0) return true;
  WARN("skipped: " << cuda::why_unavailable());
  return false;
}

/// Queries, keys, values and the derivative by the output, on the CPU.
struct Problem {
  Tensor q, k, v, d_output;
  AttentionOptions options;
};

Problem random_problem(std::int64_t batch, std::int64_t query, std::int64_t key,
                       std::int64_t d_model, const AttentionOptions& options) {
  const auto random = [&](std::int64_t length, std::uint64_t seed) {
    return random_normal({batch, length, d_model}, 1, {.seed = seed}, DType::f64).to(cpu);
  };
  return {random(query, 1), random(key, 2), random(key, 3), random(query, 4), options};
}

/// The same problem in another dtype and on another device.
Problem moved(const Problem& problem, DType dtype, Device device) {
  const auto move = [&](const Tensor& x) { return cast(x, dtype).to(device); };
  Problem result{move(problem.q), move(problem.k), move(problem.v), move(problem.d_output),
                 problem.options};
  Tensor& lengths = result.options.mask.key_lengths;
  if (lengths.defined()) lengths = lengths.to(device);
  Tensor& widths = result.options.bias.widths;
  if (widths.defined()) widths = cast(widths, dtype == DType::f64 ? dtype : DType::f32).to(device);
  return result;
}

AttendResult forward(const Problem& p) { return attend_fused(p.q, p.k, p.v, p.options); }

AttendResult forward_naively(const Problem& p) {
  const AttendInputs inputs{p.q, p.k, p.v, p.options};
  AttendResult result{empty_like(p.q), Tensor({inputs.batch(), inputs.head(), inputs.query()},
                                              p.q.dtype(), p.q.device())};
  attend_naively(Cuda{}, inputs, result);
  return result;
}

/// The output and the gradients, in f64 on the CPU.
std::vector<Tensor> forward_and_backward(const Problem& p) {
  const AttendResult result = forward(p);
  const AttendGradients gradients =
      attend_fused_backward(p.q, p.k, p.v, result, p.d_output, p.options);
  std::vector<Tensor> all{result.output, gradients.dq, gradients.dk, gradients.dv};
  if (gradients.d_widths.defined()) all.push_back(gradients.d_widths);
  for (Tensor& x : all) x = cast(x, DType::f64).to(cpu);
  return all;
}

/// |x − reference| / |reference|, where no reference is taken for smaller than numbers of 0.1 are:
/// a gradient that should be zero is never quite. Equal infinities do not differ.
double relative_error(const Tensor& x, const Tensor& reference) {
  const auto a = cast(x, DType::f64).to_vector<double>();
  const auto b = cast(reference, DType::f64).to_vector<double>();
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) continue;
    difference += (a[i] - b[i]) * (a[i] - b[i]);
    norm += b[i] * b[i];
  }
  return std::sqrt(difference / (norm + 0.01 * static_cast<double>(a.size())));
}

Tensor lengths_of(std::int64_t batch, std::int64_t key) {
  std::vector<std::int32_t> lengths;
  for (std::int64_t b = 0; b < batch; ++b)
    lengths.push_back(static_cast<std::int32_t>(key * b / (batch - 1)));
  return tensor_of<std::int32_t>({batch}, lengths).to(cpu);
}

std::vector<Mask> all_masks(std::int64_t batch, std::int64_t key) {
  const Tensor lengths = lengths_of(batch, key);
  return {no_mask(), causal_mask(), padding_mask(lengths), causal_padding_mask(lengths)};
}

/// Narrow and wide, with and without what everybody sees.
std::vector<Mask> windows(std::int64_t batch, std::int64_t key) {
  return {window_mask({.before = 70}),
          {.causal = true, .window = Window{.before = 20, .globals = 3}},
          {.key_lengths = lengths_of(batch, key), .window = Window{4, 2, 1, 70}},
          window_mask({.before = 5, .after = 9, .dilation = 3})};
}

AttentionOptions with_dropout(const Mask& mask) {
  return {.heads = 2, .mask = mask, .dropout = 0.3, .key = {.seed = 7, .step = 2, .site = 5}};
}

void expect_gpu_equals_cpu(const Problem& problem, DType dtype, double tolerance) {
  // What the GPU gets is rounded to its dtype first, so that only the calculation is compared.
  const Problem rounded = moved(moved(problem, dtype, cpu), DType::f64, cpu);
  const auto expected = forward_and_backward(rounded);
  const auto got = forward_and_backward(moved(rounded, dtype, gpu));
  for (std::size_t i = 0; i < got.size(); ++i) {
    INFO("output, dq, dk, dv, d_widths: number "
         << i << ", query " << problem.q.dim(1) << ", key " << problem.k.dim(1) << ", d_head "
         << problem.q.dim(2) / problem.options.heads << ", causal " << problem.options.mask.causal);
    REQUIRE(relative_error(got[i], expected[i]) < tolerance);
  }
}

void expect_tiled_equals_naive(const Problem& problem, DType dtype, double tolerance) {
  const Problem here = moved(problem, dtype, gpu);
  const AttendResult tiled = forward(here), naive = forward_naively(here);
  INFO("query " << problem.q.dim(1) << ", key " << problem.k.dim(1));
  REQUIRE(relative_error(tiled.output, naive.output) < tolerance);
  REQUIRE(relative_error(tiled.log_sum_exp, naive.log_sum_exp) < tolerance);
}

}  // namespace

TEST_CASE("CUDA attention: tiled equals naive", "[attention][cuda]") {
  if (!there_is_a_gpu()) return;
  for (const std::int64_t query : {1, 16, 65})
    for (const std::int64_t key : {1, 33, 70})
      for (const Mask& mask : all_masks(2, key)) {
        const Problem problem = random_problem(2, query, key, 2 * 12, with_dropout(mask));
        expect_tiled_equals_naive(problem, DType::f32, 1e-5);
        expect_tiled_equals_naive(problem, DType::f64, 1e-12);
      }
}

TEST_CASE("CUDA attention through windows: naive, tiled, tensor cores and the CPU", "[cuda]") {
  if (!there_is_a_gpu()) return;
  for (const std::int64_t query : {3, 200})
    for (const Mask& mask : windows(2, 200)) {
      const Problem problem = random_problem(2, query, 200, 2 * 8, with_dropout(mask));
      expect_tiled_equals_naive(problem, DType::f32, 1e-5);
      expect_gpu_equals_cpu(problem, DType::f32, 1e-5);
      expect_gpu_equals_cpu(problem, DType::bf16, 1e-2);
    }
}

TEST_CASE("CUDA attention with a bias equals the CPU", "[cuda]") {
  if (!there_is_a_gpu()) return;
  for (const auto shape : {DistanceBias::Shape::bell, DistanceBias::Shape::span})
    for (const Mask& mask : {no_mask(), causal_mask(), window_mask({.before = 40})})
      for (const std::int64_t d_head : {8, 40, 128}) {
        AttentionOptions options = with_dropout(mask);
        options.bias = {.shape = shape, .ramp = 20};
        options.bias.widths = tensor_of<double>({2}, {4.3, 33.7}).to(cpu);
        const Problem problem = random_problem(1, 90, 90, 2 * d_head, options);
        if (d_head == 8) expect_gpu_equals_cpu(problem, DType::f64, 1e-12);
        expect_gpu_equals_cpu(problem, DType::f32, 1e-5);
        // The backward pass reads an output that was rounded to bf16, and a width's derivative is a
        // sum over all pairs of what is left after subtracting.
        expect_gpu_equals_cpu(problem, DType::bf16, 2e-2);
      }
}

TEST_CASE("CUDA attention: tiled equals the CPU at every width", "[attention][cuda]") {
  if (!there_is_a_gpu()) return;
  for (const std::int64_t d_head : {1, 31, 32, 33, 64, 100, 128, 130, 256}) {
    const Problem problem = random_problem(2, 37, 41, 2 * d_head, with_dropout(causal_mask()));
    expect_gpu_equals_cpu(problem, DType::f32, 1e-5);
    expect_gpu_equals_cpu(problem, DType::f64, 1e-12);
  }
}

TEST_CASE("CUDA attention: heads that share keys and values", "[attention][cuda]") {
  if (!there_is_a_gpu()) return;
  for (const std::int64_t of_keys : {1, 2})
    for (const Mask& mask : all_masks(2, 41)) {
      AttentionOptions options = with_dropout(mask);
      options.heads = 4;
      Problem problem = random_problem(2, 37, 41, 4 * 8, options);
      for (Tensor* tensor : {&problem.k, &problem.v}) *tensor = slice(*tensor, 2, 0, of_keys * 8);
      expect_tiled_equals_naive(problem, DType::f32, 1e-5);
      expect_gpu_equals_cpu(problem, DType::f64, 1e-12);
      expect_gpu_equals_cpu(problem, DType::bf16, 1e-2);
    }
}

TEST_CASE("CUDA attention: tensor cores equal the CPU at the edges of tiles", "[attention][cuda]") {
  if (!there_is_a_gpu()) return;
  for (const std::int64_t query : {1, 17, 129})
    for (const std::int64_t key : {1, 64, 130})
      for (const Mask& mask : all_masks(2, key)) {
        const Problem problem = random_problem(2, query, key, 32, {.mask = mask});
        expect_gpu_equals_cpu(problem, DType::bf16, 1e-2);
      }
}

TEST_CASE("CUDA attention: tensor cores equal the CPU at every width", "[attention][cuda]") {
  if (!there_is_a_gpu()) return;
  for (const std::int64_t d_head : {8, 32, 40, 64, 96, 128})
    for (const Mask& mask : {no_mask(), causal_mask()})
      expect_gpu_equals_cpu(random_problem(1, 100, 90, 2 * d_head, with_dropout(mask)), DType::bf16,
                            1e-2);
}

TEST_CASE("CUDA attention: bf16 heads that tensor cores do not take", "[attention][cuda]") {
  if (!there_is_a_gpu()) return;
  for (const std::int64_t d_head : {3, 12, 136})
    expect_gpu_equals_cpu(random_problem(1, 9, 11, 2 * d_head, {.heads = 2}), DType::bf16, 1e-2);
}

TEST_CASE("CUDA attention: every step drops the weights that the CPU drops", "[attention][cuda]") {
  if (!there_is_a_gpu()) return;
  // With queries of zero all weights are equal, and with the identity as values they are the
  // output.
  const std::int64_t query = 70, key = 32;
  std::vector<float> identity(2 * key * key);
  for (std::int64_t i = 0; i < 2 * key; ++i) identity[i * key + i % key] = 1;
  const Tensor values = tensor_of<float>({2, key, key}, identity).to(cpu);
  const Problem problem{zeros({2, query, key}, DType::f32, cpu),
                        values,
                        values,
                        zeros({2, query, key}, DType::f32, cpu),
                        {.dropout = 0.4, .key = {.seed = 3, .step = 1, .site = 9}}};
  const auto kept = [](const AttendResult& result) {
    std::string picture;
    for (const float weight : cast(result.output, DType::f32).to_vector<float>())
      picture += weight == 0 ? '.' : 'x';
    return picture;
  };
  const std::string expected = kept(forward(problem));
  CHECK(kept(forward_naively(moved(problem, DType::f32, gpu))) == expected);
  for (const DType dtype : {DType::f32, DType::f64, DType::bf16})
    CHECK(kept(forward(moved(problem, dtype, gpu))) == expected);
}

TEST_CASE("CUDA attention: the same bits every time", "[attention][cuda]") {
  if (!there_is_a_gpu()) return;
  for (const DType dtype : {DType::f32, DType::bf16}) {
    const Problem problem =
        moved(random_problem(2, 70, 70, 32, with_dropout(causal_mask())), dtype, gpu);
    const auto once = forward_and_backward(problem), again = forward_and_backward(problem);
    for (std::size_t i = 0; i < once.size(); ++i)
      CHECK(once[i].to_vector<double>() == again[i].to_vector<double>());
  }
}

TEST_CASE("CUDA attention: nothing to look at, nothing to look for", "[attention][cuda]") {
  if (!there_is_a_gpu()) return;
  const Tensor none = tensor_of<std::int32_t>({2}, {0, 0}).to(cpu);
  for (const DType dtype : {DType::f32, DType::bf16})
    for (const Tensor& x : forward_and_backward(moved(
             random_problem(2, 5, 7, 16, {.heads = 2, .mask = padding_mask(none)}), dtype, gpu)))
      for (const double number : x.to_vector<double>()) CHECK(number == 0);
}

TEST_CASE("CUDA attention: a length beyond the keys counts them all", "[attention][cuda]") {
  if (!there_is_a_gpu()) return;
  // Lengths on a GPU are not always looked at; even then kernels stay inside the tensor.
  const Problem problem = moved(random_problem(1, 5, 7, 16, {}), DType::f32, gpu);
  Problem longer = problem;
  longer.options.mask = padding_mask(tensor_of<std::int32_t>({1}, {1000}).to(gpu));
  const bool checked = device_ids_are_checked();
  set_device_ids_checked(false);
  const Tensor output = forward(longer).output;
  set_device_ids_checked(checked);
  CHECK(output.to_vector<float>() == forward(problem).output.to_vector<float>());
}

TEST_CASE("CUDA attention says what does not fit", "[attention][cuda]") {
  if (!there_is_a_gpu()) return;
  const auto complaint = [](const Problem& problem) {
    try {
      forward(problem);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  const Problem wide = moved(random_problem(1, 2, 2, 300, {}), DType::f32, gpu);
  CHECK(complaint(wide).find("a head of 300 numbers") != std::string::npos);
  Problem split = moved(random_problem(1, 2, 2, 8, {}), DType::f32, gpu);
  split.options.mask = padding_mask(tensor_of<std::int32_t>({1}, {1}).to(cpu));
  CHECK(complaint(split).find("key_lengths lie on cpu") != std::string::npos);
}

// Small enough for ThreadSanitizer: a few blocks, two tiles each.

TEST_CASE("CUDA attention without races: naive", "[race]") {
  if (!there_is_a_gpu()) return;
  forward_naively(moved(random_problem(1, 3, 4, 4, {}), DType::f32, gpu));
}
TEST_CASE("CUDA attention without races: tiled", "[race]") {
  if (!there_is_a_gpu()) return;
  const Problem problem = random_problem(1, 20, 40, 8, {.mask = causal_mask(), .dropout = 0.2});
  forward_and_backward(moved(problem, DType::f32, gpu));
}
TEST_CASE("CUDA attention without races: with a bias, through a window", "[race]") {
  if (!there_is_a_gpu()) return;
  AttentionOptions options{.mask = window_mask({.before = 9, .globals = 1})};
  options.bias.widths = tensor_of<double>({1}, {5}).to(cpu);
  for (const DType dtype : {DType::f32, DType::bf16})
    forward_and_backward(moved(random_problem(1, 70, 70, 8, options), dtype, gpu));
}
TEST_CASE("CUDA attention without races: tensor cores", "[race]") {
  if (!there_is_a_gpu()) return;
  const Problem problem = random_problem(1, 70, 140, 16, {.dropout = 0.2});
  forward_and_backward(moved(problem, DType::bf16, gpu));
}
