#include "attention/multi_head.h"

#include <algorithm>
#include <numeric>

#include "attention/lsh.h"
#include "attention/scaled_dot_product.h"
#include "autograd/gradcheck.h"
#include "autograd/ops/matmul.h"
#include "tensor/ops/arithmetic.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

MultiHeadAttention make_attention(int heads, std::int64_t d_model = 8, double dropout = 0) {
  Initializer init(5, DType::f64);
  MultiHeadAttention attention({.d_model = d_model, .heads = heads, .dropout = dropout}, init);
  // Biases start at zero; here they shall count.
  std::uint32_t site = 10;
  for (NamedParameter& parameter : parameters(attention))
    parameter.variable.set_value(normal(parameter.variable.shape(), site++));
  return attention;
}

Tensor lengths(std::initializer_list<std::int32_t> of_each) {
  return tensor_of<std::int32_t>({static_cast<std::int64_t>(of_each.size())}, of_each);
}

/// The layer as a chain of its parts, with attention by its definition.
Variable by_definition(MultiHeadAttention& attention, const Variable& x, const Variable& memory,
                       const AttentionOptions& options) {
  const std::vector<NamedParameter> p = parameters(attention);  // query, key, value, output
  const auto project = [&](const Variable& input, int part) {
    return linear(input, p[2 * part].variable, p[2 * part + 1].variable);
  };
  return project(
      attend_by_definition(project(x, 0), project(memory, 1), project(memory, 2), options), 3);
}

}  // namespace

TEST_CASE("multi-head attention: the mean of the values where all keys are alike, by hand") {
  Initializer init(5, DType::f64);
  MultiHeadAttention attention({.d_model = 2, .heads = 1}, init);
  std::vector<NamedParameter> p = parameters(attention);
  const Tensor identity = tensor_of<double>({2, 2}, {1, 0, 0, 1});
  p[0].variable.set_value(zeros({2, 2}, DType::f64));  // the queries ask for nothing
  for (const int part : {2, 4, 6}) p[part].variable.set_value(identity);
  const Variable memory(tensor_of<double>({1, 3, 2}, {0, 3, 3, 0, 6, 6}));
  const Variable x(zeros({1, 1, 2}, DType::f64));
  const auto y = numbers(attention(x, memory, no_mask()).value());
  CHECK(y[0] == Approx(3));
  CHECK(y[1] == Approx(3));
  const auto first_two = numbers(attention(x, memory, padding_mask(lengths({2}))).value());
  CHECK(first_two[0] == Approx(1.5));
  CHECK(first_two[1] == Approx(1.5));
}

TEST_CASE("multi-head attention: another scale is the usual one of larger queries") {
  // With 2 heads of 4 numbers, a scale of 1 is twice the usual 1/2.
  Initializer init(5, DType::f64), again(5, DType::f64);
  MultiHeadAttention scaled({.d_model = 8, .heads = 2, .scale = 1}, init);
  MultiHeadAttention usual({.d_model = 8, .heads = 2}, again);
  std::vector<NamedParameter> p = parameters(usual);
  for (const int part : {0, 1})
    p[part].variable.set_value(p[part].variable.value() + p[part].variable.value());
  const Variable x(normal({2, 5, 8}, 1));
  const auto result = numbers(scaled(x, x, causal_mask()).value());
  const auto expected = numbers(usual(x, x, causal_mask()).value());
  for (std::size_t i = 0; i < result.size(); ++i) CHECK(result[i] == Approx(expected[i]));
}

TEST_CASE("multi-head attention: an error names the line of the program that called it") {
  Initializer init;
  const MultiHeadAttention attention({.d_model = 8, .heads = 2}, init);
  const Variable right(zeros({1, 5, 8})), narrow(zeros({1, 5, 6}));
  for (const auto& given : {std::pair{narrow, right}, std::pair{right, narrow}}) {
    const Variable &x = given.first, &memory = given.second;
    const auto call = [&] { attention(x, memory, no_mask()); };
    CHECK(message_of(call).starts_with("tests/attention/multi_head_test.cpp:"));
    const auto look = [&] { attention.weights(x, memory, no_mask()); };
    CHECK(message_of(look).starts_with("tests/attention/multi_head_test.cpp:"));
  }
}

TEST_CASE("multi-head attention equals the chain of its parts, values and gradients") {
  const Mask masks[] = {no_mask(), causal_mask(), padding_mask(lengths({2, 5}))};
  for (const int heads : {1, 2, 4})
    for (const Mask& mask : masks) {
      MultiHeadAttention attention = make_attention(heads);
      const Tensor dy = normal({2, 5, 8}, 3);
      std::vector<std::vector<Tensor>> results;
      for (const bool definition : {false, true}) {
        const Variable x = Variable::parameter(normal({2, 5, 8}, 1)),
                       memory = Variable::parameter(normal({2, 5, 8}, 2));
        for (NamedParameter& parameter : parameters(attention)) parameter.variable.zero_gradient();
        const Variable y = definition
                               ? by_definition(attention, x, memory, {.heads = heads, .mask = mask})
                               : attention(x, memory, mask);
        backward(y, dy);
        results.push_back({y.value(), x.gradient(), memory.gradient()});
        for (const NamedParameter& parameter : parameters(attention))
          results.back().push_back(parameter.variable.gradient());
      }
      for (std::size_t i = 0; i < results[0].size(); ++i)
        CHECK(close(results[0][i], results[1][i], 1e-10, 1e-10));
    }
}

TEST_CASE("multi-head attention: gradients by central differences, with dropout") {
  MultiHeadAttention attention = make_attention(2, 4, 0.3);
  train(attention, {.seed = 6, .step = 1});
  std::vector<Variable> inputs = {Variable::parameter(normal({2, 3, 4}, 1)),
                                  Variable::parameter(normal({2, 4, 4}, 2))};
  for (const NamedParameter& parameter : parameters(attention))
    inputs.push_back(parameter.variable);
  const GradcheckReport report = gradcheck(
      [&](const std::vector<Variable>& in) {
        return attention(in[0], in[1], padding_mask(lengths({4, 2})));
      },
      inputs, {.atol = 1e-8, .rtol = 1e-6});
  INFO(report.message);
  CHECK(report.passed);
}

TEST_CASE("multi-head attention: the names of its parts") {
  MultiHeadAttention attention = make_attention(2);
  std::vector<std::string> names;
  for (const NamedParameter& parameter : parameters(attention)) names.push_back(parameter.name);
  CHECK(names == std::vector<std::string>{"query.weight", "query.bias", "key.weight", "key.bias",
                                          "value.weight", "value.bias", "output.weight",
                                          "output.bias"});
}

TEST_CASE("attention watch: every call leaves its weights, as long as the watch is alive") {
  class Pair : public Module {
   public:
    void visit(Visitor& visitor) override {
      visitor("first", first);
      visitor("second", second);
    }
    MultiHeadAttention first = make_attention(2), second = make_attention(4);
  };
  Pair model;
  const Variable x(normal({2, 5, 8}, 1));
  const auto run = [&] {
    model.second(model.first(x, x, causal_mask()), x, padding_mask(lengths({3, 5})));
  };
  {
    const AttentionWatch watch(model);
    run();
    run();
    REQUIRE(watch.seen().size() == 2);
    CHECK(watch.seen()[0].name == "first");
    CHECK(watch.seen()[1].name == "second");
    for (const AttentionWatch::Seen& seen : watch.seen()) {
      REQUIRE(seen.weights.size() == 2);
      CHECK(same_bits(seen.weights[0], seen.weights[1]));
      const auto weights = numbers(seen.weights[0]);
      for (std::size_t row = 0; row < weights.size(); row += 5)
        CHECK(std::accumulate(&weights[row], &weights[row] + 5, 0.0) == Approx(1));
    }
    CHECK(watch.seen()[0].weights[0].shape() == Shape{2, 2, 5, 5});
    CHECK(watch.seen()[1].weights[0].shape() == Shape{2, 4, 5, 5});
    CHECK(numbers(watch.seen()[0].weights[0])[1] == 0.0);  // the first token sees itself only
    CHECK(numbers(watch.seen()[1].weights[0])[3] == 0.0);  // and nobody sees the padding
  }
  run();  // the watch is gone: nothing is kept, and nothing that is gone is written to
}

TEST_CASE("attention watch: a lone attention is watched, and a model without one is refused") {
  MultiHeadAttention attention = make_attention(2);
  const Variable x(normal({1, 3, 8}, 1));
  const AttentionWatch watch(attention);
  attention(x, x, no_mask());
  REQUIRE(watch.seen().size() == 1);
  CHECK(watch.seen()[0].name.empty());
  CHECK(watch.seen()[0].weights.size() == 1);
  Initializer init;
  Linear linear(2, 3, init);
  CHECK(contains(message_of([&] { AttentionWatch nothing(linear); }), "no attention to watch"));
}

TEST_CASE("multi-head attention tells its weights, whatever its pattern") {
  const Variable x(normal({2, 5, 8}, 1)), memory(normal({2, 4, 8}, 2));
  const auto watched = [&](MultiHeadAttention& attention, const Variable& seen, const Mask& mask) {
    const AttentionWatch watch(attention);
    attention(x, seen, mask);
    return watch.seen()[0].weights.at(0);
  };
  MultiHeadAttention exact = make_attention(2);
  const Mask mask = padding_mask(lengths({3, 4}));
  CHECK(exact.weights(x, memory, mask).shape() == Shape{2, 2, 5, 4});
  CHECK(same_bits(exact.weights(x, memory, mask), watched(exact, memory, mask)));
  Initializer init(5, DType::f64);
  MultiHeadAttention hashed(
      {.d_model = 8, .heads = 2},
      std::make_unique<LshAttention>(LshOptions{.chunk = 2, .exact_below = 0}), init);
  CHECK(same_bits(hashed.weights(x, x, causal_mask()), watched(hashed, x, causal_mask())));
  CHECK(contains(message_of([&] { hashed.weights(x, memory, no_mask()); }), "looks at itself"));
}

TEST_CASE("multi-head attention says what does not fit") {
  CHECK(contains(message_of([] { make_attention(3); }), "d_model = 8 is not divisible by 3 heads"));
}

namespace {

/// A pattern as a program of its own would write it: nobody looks at anybody else.
class EveryoneAlone : public AttentionPattern {
 public:
  explicit EveryoneAlone(bool shares_keys) : shares_keys_(shares_keys) {}
  Variable operator()(const ProjectedTokens& tokens, const AttentionOptions&) const override {
    CHECK(tokens.keys.is_same(tokens.queries) == shares_keys_);
    return tokens.values;
  }
  bool shares_keys() const override { return shares_keys_; }

 private:
  bool shares_keys_;
};

}  // namespace

TEST_CASE("multi-head attention asks its pattern what a token sees") {
  const bool shares_keys = GENERATE(false, true);
  Initializer init(5, DType::f64);
  MultiHeadAttention attention({.d_model = 8, .heads = 2},
                               std::make_unique<EveryoneAlone>(shares_keys), init);
  const std::vector<NamedParameter> p = parameters(attention);
  REQUIRE(p.size() == (shares_keys ? 6 : 8));
  const NamedParameter* value = &p[p.size() - 4];
  CHECK(value[0].name == "value.weight");

  const Variable x(normal({2, 3, 8}, 1));
  const Variable expected =
      linear(linear(x, value[0].variable, value[1].variable), value[2].variable, value[3].variable);
  CHECK(same_bits(attention(x, x, no_mask()).value(), expected.value()));
  const Variable memory(normal({2, 4, 8}, 2));
  CHECK(contains(message_of([&] { attention(x, memory, no_mask()); }), "looks at itself"));
  CHECK(contains(message_of([&] { attention.start(5); }), "cannot go on token by token"));
}
