#include <numeric>

#include "attention/distance_bias.h"
#include "attention/linear.h"
#include "attention/lsh.h"
#include "attention/multi_head.h"
#include "attention/patterns.h"
#include "attention/scaled_dot_product.h"
#include "attention/window.h"
#include "autograd/gradcheck.h"
#include "tensor/memory_pool.h"
#include "tests/attention/read_in_blocks.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

// Keys and values of fewer heads than the queries: grouped-query and multi-query attention.

using namespace lectern;

namespace {

constexpr std::int64_t d_model = 8, d_head = 2;
constexpr int heads = 4;

Variable learned(std::int64_t length, std::int64_t width, std::uint32_t site) {
  return Variable::parameter(normal({2, length, width}, site));
}

/// Queries, and keys and values of `of_keys` heads.
std::vector<Variable> inputs_of(std::int64_t of_keys, std::int64_t query = 7,
                                std::int64_t key = 9) {
  return {learned(query, d_model, 1), learned(key, of_keys * d_head, 2),
          learned(key, of_keys * d_head, 3)};
}

/// The output and the gradients of all inputs.
template <class Attend>
std::vector<Tensor> values_and_gradients(const Attend& attend, std::vector<Variable> inputs) {
  for (Variable& input : inputs) input.zero_gradient();
  const Variable output = attend(inputs);
  backward(output, normal(output.shape(), 7));
  std::vector<Tensor> results = {output.value()};
  for (const Variable& input : inputs) results.push_back(input.gradient());
  return results;
}

void expect_equal(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO("number " << i);
    CHECK(close(a[i], b[i], 1e-11, 1e-11));
  }
}

std::vector<Mask> masks() {
  const Tensor lengths = tensor_of<std::int32_t>({2}, {4, 9});
  return {no_mask(),
          causal_mask(),
          causal_padding_mask(lengths),
          {.key_lengths = lengths, .window = Window{.before = 3, .after = 1, .globals = 1}}};
}

MultiHeadAttention attention_of(int of_keys, std::unique_ptr<AttentionPattern> pattern = nullptr) {
  Initializer init(5, DType::f64);
  MultiHeadAttention attention({.d_model = d_model, .heads = heads, .key_value_heads = of_keys},
                               std::move(pattern), init);
  evaluate(attention);
  return attention;
}

}  // namespace

TEST_CASE("grouped heads: whose keys a head looks at, by hand", "[grouped_heads]") {
  const Variable x(tensor_of<double>({1, 2, 2}, {1, 2, 3, 4}));  // two heads of one number
  const Tensor repeated = repeat_heads(x, 4, 1).value();
  CHECK(repeated.shape() == Shape{1, 2, 4});
  CHECK(repeated.to_vector<double>() == std::vector<double>{1, 1, 2, 2, 3, 3, 4, 4});
  CHECK(repeat_heads(x, 2, 1).is_same(x));

  // Four heads that see one key: every head gets the value of its group.
  const Variable q(normal({1, 1, 4}, 1)), k(normal({1, 1, 2}, 2)),
      v(tensor_of<double>({1, 1, 2}, {5, 6}));
  const Tensor y = attend(q, k, v, {.heads = 4}).value();
  CHECK(y.to_vector<double>() == std::vector<double>{5, 5, 6, 6});
}

TEST_CASE("grouped heads: the fused kernel equals the definition, which repeats them",
          "[grouped_heads]") {
  for (const std::int64_t of_keys : {1, 2, 4})
    for (const Mask& mask : masks())
      for (const double dropout : {0.0, 0.3}) {
        const AttentionOptions options{
            .heads = heads, .mask = mask, .dropout = dropout, .key = {.seed = 3}};
        const auto with = [&](auto attend) {
          return values_and_gradients(
              [&](const auto& in) { return attend(in[0], in[1], in[2], options); },
              inputs_of(of_keys));
        };
        INFO(of_keys << " heads of keys, dropout " << dropout);
        expect_equal(with([](const auto&... in) { return attend_fused(in...); }),
                     with([](const auto&... in) { return attend_by_definition(in...); }));
      }
}

TEST_CASE("grouped heads: with a bias by distance, and in linear attention", "[grouped_heads]") {
  for (const std::int64_t of_keys : {1, 2}) {
    std::vector<Variable> inputs = inputs_of(of_keys, 9, 9);
    AttentionOptions options{.heads = heads, .mask = causal_mask()};
    inputs.push_back(Variable::parameter(tensor_of<double>({heads}, {1, 2, 3, 4})));
    const auto biased = [&](auto attend) {
      return values_and_gradients(
          [&](const auto& in) { return attend(in[0], in[1], in[2], in[3], options); }, inputs);
    };
    expect_equal(biased([](const auto&... in) { return attend_biased(in...); }),
                 biased([](const auto&... in) { return attend_biased_by_definition(in...); }));

    const auto linear = [&](const auto& in) {
      return LinearAttention()({in[0], in[0], in[1], in[2]}, options);
    };
    const auto repeated = [&](const auto& in) {
      return attend_linear_by_definition(in[0], repeat_heads(in[1], heads, d_head),
                                         repeat_heads(in[2], heads, d_head), options);
    };
    inputs.pop_back();
    expect_equal(values_and_gradients(linear, inputs), values_and_gradients(repeated, inputs));
  }
}

TEST_CASE("grouped heads: as many heads of keys as of queries are the usual attention",
          "[grouped_heads]") {
  const Variable x(normal({2, 9, d_model}, 1));
  CHECK(same_bits(attention_of(0)(x, x, causal_mask()).value(),
                  attention_of(heads)(x, x, causal_mask()).value()));
}

TEST_CASE("grouped heads: gradients by central differences", "[grouped_heads]") {
  MultiHeadAttention attention = attention_of(2);
  std::vector<Variable> inputs = {learned(3, d_model, 1), learned(4, d_model, 2)};
  for (const NamedParameter& parameter : parameters(attention))
    inputs.push_back(parameter.variable);
  CHECK(inputs[4].shape() == Shape{d_model, 2 * d_head});  // key.weight
  const GradcheckReport report = gradcheck(
      [&](const std::vector<Variable>& in) { return attention(in[0], in[1], no_mask()); }, inputs);
  INFO(report.message);
  CHECK(report.passed);
}

TEST_CASE("grouped heads: every pattern that has them, whole, in blocks and token by token",
          "[grouped_heads]") {
  const std::int64_t tokens = 18;
  const Tensor x = normal({2, tokens, d_model}, 1);
  const Variable variable(x);
  int patterns_seen = 0;
  for (const PatternEntry& entry : patterns()) {
    INFO(entry.name);
    Initializer init(5, DType::f64);
    const auto make = [&] { return make_pattern({.name = entry.name}, d_model, heads, init); };
    const std::string refusal = message_of([&] { attention_of(2, make()); });
    CHECK(refusal.empty() == entry.groups_heads);
    if (!refusal.empty()) CHECK(contains(refusal, "no keys and values that heads could share"));
    if (!refusal.empty() || !make()->is_causal()) continue;
    ++patterns_seen;
    for (const int of_keys : {1, 2}) {
      const MultiHeadAttention attention = attention_of(of_keys, make());
      const Tensor whole = attention(variable, variable, causal_mask()).value();
      for (const std::int64_t block : {1, 5, 18})
        CHECK(close(read_in_blocks(attention, x, block), whole, 1e-11, 1e-11));
    }
  }
  CHECK(patterns_seen >= 5);
}

TEST_CASE("grouped heads: cross-attention to a source that is projected once", "[grouped_heads]") {
  const NoGradient no_gradient;
  const MultiHeadAttention attention = attention_of(1);
  const Variable x(normal({2, 3, d_model}, 1)), memory(normal({2, 5, d_model}, 2));
  const Tensor lengths = tensor_of<std::int32_t>({2}, {5, 2});
  const auto cache = attention.start(memory, lengths);
  CHECK(close(attention.step(x, *cache, {}).value(),
              attention(x, memory, padding_mask(lengths)).value(), 1e-12, 1e-12));
}

TEST_CASE("grouped heads: the cache keeps the heads of the keys alone", "[grouped_heads]") {
  const auto bytes_of = [](int of_keys) {
    const NoGradient no_gradient;
    const MultiHeadAttention attention = attention_of(of_keys);
    const std::int64_t before = memory_statistics(default_device()).in_use;
    const auto cache = attention.start(20);
    TokenPaths paths;
    const NewestTokens newest = paths.extend(paths.prepare(same_rows(1), 20));
    attention.step(Variable(normal({1, 20, d_model}, 1)), *cache, newest);
    return std::pair{memory_statistics(default_device()).in_use - before, newest.room};
  };
  const auto [all, room] = bytes_of(4);
  const auto [one, same_room] = bytes_of(1);
  CHECK(room == same_room);
  CHECK(all - one == 2 * room * 3 * d_head * 8);  // keys and values of three heads, in f64
}

TEST_CASE("grouped heads: global tokens look through projections of every head",
          "[grouped_heads]") {
  Initializer init(5, DType::f64);
  MultiHeadAttention attention =
      make_window_attention({.d_model = d_model, .heads = heads, .key_value_heads = 2},
                            {.before = 2, .globals = 1}, init);
  // All tokens global, and all global projections copies: attention of all pairs.
  MultiHeadAttention everything = make_window_attention(
      {.d_model = d_model, .heads = heads, .key_value_heads = 2}, {.globals = 9}, init);
  const std::vector<NamedParameter> from = parameters(attention);
  std::vector<NamedParameter> to = parameters(everything);
  REQUIRE(from.size() == to.size());
  MultiHeadAttention exact = attention_of(2);
  std::vector<NamedParameter> of_exact = parameters(exact);
  for (std::size_t i = 0; i < to.size(); ++i) to[i].variable.set_value(from[i].variable.value());
  for (std::size_t i = 0; i < of_exact.size(); ++i)
    of_exact[i].variable.set_value(from[i].variable.value());
  const Variable x(normal({2, 9, d_model}, 1));
  CHECK(close(everything(x, x, no_mask()).value(), exact(x, x, no_mask()).value(), 1e-12, 1e-12));
}

TEST_CASE("grouped heads: what cannot be shared is refused in a sentence", "[grouped_heads]") {
  CHECK(contains(message_of([] { attention_of(3); }), "key_value_heads = 3 does not divide the 4"));
  CHECK(contains(message_of([] { attention_of(2, std::make_unique<LshAttention>(LshOptions{})); }),
                 "no keys and values that heads could share"));
  const std::vector<Variable> in = inputs_of(2);
  const Variable narrow = learned(9, 5, 4), three = learned(9, 3 * d_head, 4);
  const AttentionOptions options{.heads = heads};
  CHECK(contains(message_of([&] { attend(in[0], narrow, narrow, options); }),
                 "keys of 5 numbers do not belong to queries of 4 heads of 2"));
  CHECK(contains(message_of([&] { attend(in[0], three, three, options); }), "keys of 6 numbers"));
  CHECK(contains(message_of([&] { attend(in[0], in[1], narrow, options); }), "[2, 9, 5]"));
  CHECK(contains(message_of([&] { attend_linear(in[0], in[1], in[2], options); }), "[2, 9, 4]"));
}
