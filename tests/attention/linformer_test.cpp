#include "attention/linformer.h"

#include "attention/multi_head.h"
#include "attention/scaled_dot_product.h"
#include "autograd/gradcheck.h"
#include "tensor/ops/concatenate.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

constexpr std::int64_t d_model = 8;
constexpr int heads = 2;

LinformerAttention linformer(std::int64_t rank, std::int64_t max_length) {
  Initializer init(5, DType::f64);
  return LinformerAttention({.max_length = max_length, .rank = rank}, init);
}

ProjectedTokens tokens_of(std::int64_t batch, std::int64_t length) {
  const auto drawn = [&](std::uint32_t site) {
    return Variable::parameter(normal({batch, length, d_model}, site));
  };
  return {drawn(1), drawn(2), drawn(3), drawn(4)};
}

void set_projections(LinformerAttention& pattern, const Tensor& projection) {
  for (NamedParameter parameter : parameters(pattern)) parameter.variable.set_value(projection);
}

}  // namespace

TEST_CASE("linformer: one sum replaces all keys, by hand", "[linformer]") {
  LinformerAttention pattern = linformer(1, 4);
  set_projections(pattern, tensor_of<double>({1, 4}, {0.5, 2, 1, 100}));
  const Variable x(zeros({1, 3, 1}, DType::f64));
  const Variable values(tensor_of<double>({1, 3, 1}, {2, 3, 4}));
  // Every query looks at the one sum of values, 0.5 · 2 + 2 · 3 + 1 · 4; the fourth column is idle.
  const Tensor y = pattern({x, x, x, values}, {.heads = 1}).value();
  CHECK(y.to_vector<double>() == std::vector<double>{11, 11, 11});
}

TEST_CASE("linformer: with unit vectors for projections it is exact attention", "[linformer]") {
  constexpr std::int64_t length = 7;
  LinformerAttention pattern = linformer(length, length);
  Tensor identity = zeros({length, length}, DType::f64, cpu);
  for (std::int64_t i = 0; i < length; ++i) identity.data<double>()[i * length + i] = 1;
  set_projections(pattern, identity.to(default_device()));
  const ProjectedTokens tokens = tokens_of(2, length);
  const Tensor exact = attend(tokens.queries, tokens.keys, tokens.values, {.heads = heads}).value();
  CHECK(close(pattern(tokens, {.heads = heads}).value(), exact, 1e-12, 1e-12));
}

TEST_CASE("linformer: padding adds nothing, whatever it holds", "[linformer]") {
  const LinformerAttention pattern = linformer(3, 9);
  const ProjectedTokens all = tokens_of(2, 9);
  const auto first = [&](const Variable& x) { return Variable(slice(x.value(), 1, 0, 5)); };
  const ProjectedTokens alone{first(all.x), first(all.queries), first(all.keys), first(all.values)};
  const Tensor padded =
      pattern(all, {.heads = heads, .mask = padding_mask(tensor_of<std::int32_t>({2}, {5, 5}))})
          .value();
  CHECK(same_bits(slice(padded, 1, 0, 5), pattern(alone, {.heads = heads}).value()));
}

TEST_CASE("linformer: gradients by central differences, with padding and dropout", "[linformer]") {
  LinformerAttention pattern = linformer(2, 6);
  const ProjectedTokens tokens = tokens_of(2, 5);
  const AttentionOptions options{.heads = heads,
                                 .mask = padding_mask(tensor_of<std::int32_t>({2}, {3, 5})),
                                 .dropout = 0.2,
                                 .key = {.seed = 4}};
  std::vector<Variable> inputs = {tokens.queries, tokens.keys, tokens.values};
  for (const NamedParameter& parameter : parameters(pattern)) inputs.push_back(parameter.variable);
  REQUIRE(inputs.size() == 5);
  const GradcheckReport report = gradcheck(
      [&](const std::vector<Variable>& in) {
        return pattern({tokens.x, in[0], in[1], in[2]}, options);
      },
      inputs);
  INFO(report.message);
  CHECK(report.passed);
}

TEST_CASE("linformer says what it cannot do", "[linformer]") {
  const LinformerAttention pattern = linformer(2, 6);
  const auto refusal = [&](std::int64_t length, const AttentionOptions& options) {
    return message_of([&] { pattern(tokens_of(1, length), options); });
  };
  CHECK(contains(refusal(4, {.heads = heads, .mask = causal_mask()}), "those that come later too"));
  CHECK(contains(refusal(7, {.heads = heads}), "7 tokens, but its projections are for 6"));
  CHECK(contains(refusal(4, {.heads = heads, .mask = window_mask({.before = 1})}), "leave it out"));
  CHECK(contains(message_of([&] { pattern.start(heads, 4); }), "depends on tokens after it"));
  CHECK(contains(message_of([] { linformer(0, 6); }), "at least one row"));
}
