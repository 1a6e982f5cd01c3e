#include "attention/distance_bias.h"

#include <cmath>

#include "attention/ops/fused/attend_fused.h"
#include "attention/scaled_dot_product.h"
#include "autograd/gradcheck.h"
#include "tensor/ops/cast.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

/// Kernels that run in the emulator are given shorter work.
bool on_gpu() { return default_device().kind == Device::Kind::cuda; }

using Attend = Variable (*)(const Variable&, const Variable&, const Variable&, const Variable&,
                            const AttentionOptions&);

constexpr auto bell = DistanceBias::Shape::bell;
constexpr auto span = DistanceBias::Shape::span;

struct Problem {
  std::int64_t batch = 2, query = 9, key = 9, d_head = 4;
  DType dtype = DType::f64;
};

Tensor widths_of(DistanceBias::Shape shape, DType dtype) {
  // Narrow, middling, wide; no span ends at a whole distance, where the
  // mask has a kink.
  return cast(shape == bell ? tensor_of<double>({3}, {0.7, 5, 60})
                            : tensor_of<double>({3}, {0.4, 3.3, 50.5}),
              dtype);
}

/// The output and the gradients dq, dk, dv, d_widths.
std::vector<Tensor> values_and_gradients(Attend attend, const Problem& p,
                                         const AttentionOptions& options) {
  const std::int64_t d_model = 3 * p.d_head;
  const Variable q = Variable::parameter(normal({p.batch, p.query, d_model}, 1, p.dtype)),
                 k = Variable::parameter(normal({p.batch, p.key, d_model}, 2, p.dtype)),
                 v = Variable::parameter(normal({p.batch, p.key, d_model}, 3, p.dtype)),
                 widths = Variable::parameter(widths_of(options.bias.shape, p.dtype));
  const Variable output = attend(q, k, v, widths, options);
  backward(output, normal({p.batch, p.query, d_model}, 4, p.dtype));
  return {output.value(), q.gradient(), k.gradient(), v.gradient(), widths.gradient()};
}

void expect_kernel_equals_definition(const Problem& p, const AttentionOptions& options,
                                     double tolerance) {
  const auto kernel = values_and_gradients(attend_biased, p, options);
  const auto definition = values_and_gradients(attend_biased_by_definition, p, options);
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    INFO("output dq dk dv d_widths: number " << i << ", query " << p.query << ", key " << p.key
                                             << ", bell " << (options.bias.shape == bell)
                                             << ", causal " << options.mask.causal);
    REQUIRE(close(kernel[i], definition[i], tolerance, tolerance));
  }
}

}  // namespace

TEST_CASE("biased attention: two keys, by hand", "[bias]") {
  // Keys that match alike, one at distance 1: a bell of σ = 1 weighs it e^(-1/2) times.
  const Variable zero(zeros({1, 2, 1}, DType::f64)), v(tensor_of<double>({1, 2, 1}, {0, 1}));
  const auto far_weight = [&](DistanceBias::Shape shape, double width, double ramp) {
    const Variable widths(tensor_of<double>({1}, {width}));
    const AttentionOptions options{.bias = {.shape = shape, .ramp = ramp}};
    return numbers(attend_biased(zero, zero, v, widths, options).value())[0];
  };
  CHECK(far_weight(bell, 1, 0) == Approx(std::exp(-0.5) / (1 + std::exp(-0.5))));
  // A ramp of 4 from 0.5 on has 3.5/4 left at distance 1.
  CHECK(far_weight(span, 0.5, 4) == Approx(0.875 / 1.875));
  CHECK(far_weight(span, 1, 4) == Approx(0.5));
  CHECK(far_weight(span, 0, 1) == 0);
}

TEST_CASE("biased attention equals its definition, values and gradients", "[bias]") {
  const std::vector<std::int64_t> lengths =
      on_gpu() ? std::vector<std::int64_t>{1, 9, 40}
               : std::vector<std::int64_t>{1, 2, 9, 49, 64, 150, 300};
  for (const auto shape : {bell, span})
    for (const std::int64_t length : lengths) {
      const Tensor padding = tensor_of<std::int32_t>(
          {2}, {static_cast<std::int32_t>(length / 2), static_cast<std::int32_t>(length)});
      const std::int64_t globals = shape == bell ? 2 : 0;
      for (const Mask& mask : {no_mask(), causal_mask(), causal_padding_mask(padding),
                               window_mask({.before = 20, .after = 7, .globals = globals})}) {
        const AttentionOptions options{
            .heads = 3, .mask = mask, .bias = {.shape = shape, .ramp = 8}};
        expect_kernel_equals_definition({.query = length, .key = length}, options, 1e-10);
        // Padding sees only keys far away, with scores of thousands: f32 cannot hold them.
        if (!mask.key_lengths.defined())
          expect_kernel_equals_definition({.query = length, .key = length, .dtype = DType::f32},
                                          options, 5e-5);
      }
    }
}

TEST_CASE("biased attention of the last queries, and of wide heads", "[bias]") {
  for (const auto shape : {bell, span}) {
    const AttentionOptions options{
        .heads = 3, .mask = causal_mask(), .bias = {.shape = shape, .ramp = 8}};
    expect_kernel_equals_definition({.query = 5, .key = 70}, options, 1e-10);
    expect_kernel_equals_definition({.query = 33, .key = 33, .d_head = on_gpu() ? 70 : 40}, options,
                                    1e-10);
  }
}

TEST_CASE("biased attention: gradients by central differences, with dropout", "[bias]") {
  for (const auto shape : {bell, span}) {
    const AttentionOptions options{.heads = 3,
                                   .mask = causal_mask(),
                                   .dropout = 0.3,
                                   .key = {.seed = 7, .step = 2, .site = 5},
                                   .bias = {.shape = shape, .ramp = 3}};
    const auto of = [](std::uint32_t site) { return Variable::parameter(normal({2, 6, 6}, site)); };
    const GradcheckReport report = gradcheck(
        [&](const std::vector<Variable>& in) {
          return attend_biased(in[0], in[1], in[2], in[3], options);
        },
        {of(1), of(2), of(3), Variable::parameter(tensor_of<double>({3}, {0.7, 1.6, 40}))},
        {.atol = 1e-7, .rtol = 1e-5});
    INFO(report.message);
    CHECK(report.passed);
  }
}

TEST_CASE("a very wide bell and a very wide span are exact attention", "[bias]") {
  const Variable q(normal({1, 50, 4}, 1)), k(normal({1, 50, 4}, 2)), v(normal({1, 50, 4}, 3));
  const Tensor exact = attend(q, k, v, {}).value();
  const Variable wide(tensor_of<double>({1}, {1e9}));
  for (const auto shape : {bell, span})
    CHECK(close(attend_biased(q, k, v, wide, {.bias = {.shape = shape}}).value(), exact, 1e-12,
                1e-12));
}

TEST_CASE("biased attention gives the same bits with one thread and with two", "[bias]") {
  for (const auto shape : {bell, span})
    for (const std::size_t number : {0, 1, 4})
      CHECK(same_on_two_threads([&] {
        return values_and_gradients(
            attend_biased, {.query = 100, .key = 100, .dtype = DType::f32},
            {.heads = 3, .mask = causal_mask(), .bias = {.shape = shape}})[number];
      }));
}

TEST_CASE("biased attention in bf16 gives what f32 gives", "[bias]") {
  for (const auto shape : {bell, span}) {
    AttentionOptions options{
        .heads = 3, .mask = causal_mask(), .bias = {.shape = shape, .ramp = 8}};
    options.bias.widths = widths_of(shape, DType::f32);
    const auto gradients_in = [&](DType dtype) {
      const auto of = [&](std::uint32_t site) {
        const Tensor rounded = cast(normal({2, 70, 3 * 8}, site, DType::f32), DType::bf16);
        return cast(rounded, dtype);
      };
      const Tensor q = of(1), k = of(2), v = of(3);
      const AttendResult result = attend_fused(q, k, v, options);
      const AttendGradients g = attend_fused_backward(q, k, v, result, of(4), options);
      return std::vector<Tensor>{cast(result.output, DType::f32), cast(g.dq, DType::f32),
                                 cast(g.dk, DType::f32), g.d_widths};
    };
    const auto half = gradients_in(DType::bf16), whole = gradients_in(DType::f32);
    for (std::size_t i = 0; i < half.size(); ++i) {
      INFO("output dq dk d_widths: number " << i);
      CHECK(close(half[i], whole[i], 3e-2, 5e-2));
    }
  }
}

TEST_CASE("biased attention says what does not fit", "[bias]") {
  const Variable x(normal({1, 5, 4}, 1));
  CHECK(
      contains(message_of([&] { attend_biased(x, x, x, Variable(normal({3}, 1)), {.heads = 2}); }),
               "expected [head] = [2]"));
  CHECK(contains(message_of([&] {
                   attend_biased(x, x, x, Variable(normal({2}, 1, DType::f32)), {.heads = 2});
                 }),
                 "expected f64 for queries in f64"));
  CHECK(contains(message_of([&] {
                   attend_biased(x, x, x, Variable(normal({1}, 1)),
                                 {.mask = window_mask({.globals = 1}), .bias = {.shape = span}});
                 }),
                 "global tokens"));
}
