#include "attention/score_functions.h"

#include <cmath>
#include <string>

#include "attention/scaled_dot_product.h"
#include "autograd/gradcheck.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

/// Two numbers a query and a key; the parameters are overwritten with `weights`, in order.
std::unique_ptr<ScoreFunction> two_wide(ScoreKind kind,
                                        const std::vector<std::vector<double>>& weights = {}) {
  Initializer init(1, DType::f64);
  auto score =
      make_score_function(kind, {.d_query = 2, .d_key = 2, .d_hidden = 1, .max_length = 3}, init);
  auto learned = parameters(*score);
  REQUIRE((weights.empty() || weights.size() == learned.size()));
  for (std::size_t i = 0; i < weights.size(); ++i)
    learned[i].variable.set_value(
        tensor_of<double>(learned[i].variable.shape(), std::span<const double>(weights[i])));
  return score;
}

std::vector<double> scores(const ScoreFunction& score) {
  const Variable query(tensor_of<double>({1, 1, 2}, {3, 4}));
  const Variable keys(tensor_of<double>({1, 2, 2}, {1, 0, 0, 2}));
  return numbers(score(query, keys).value());
}

void expect_scores(const ScoreFunction& score, double first, double second) {
  const std::vector<double> found = scores(score);
  CHECK(found[0] == Approx(first));
  CHECK(found[1] == Approx(second));
}

}  // namespace

TEST_CASE("score functions by hand: query (3, 4), keys (1, 0) and (0, 2)", "[scores]") {
  expect_scores(*two_wide(ScoreKind::dot_product), 3, 8);
  expect_scores(*two_wide(ScoreKind::scaled_dot_product), 3 / std::sqrt(2.0), 8 / std::sqrt(2.0));
  expect_scores(*two_wide(ScoreKind::content_based), 0.6, 0.8);
  expect_scores(*two_wide(ScoreKind::content_based, {{10}}), 6, 8);
  expect_scores(*two_wide(ScoreKind::general, {{0, 1, 1, 0}}), 4, 6);  // W swaps: (4, 3)
  expect_scores(*two_wide(ScoreKind::location_based, {{1, 0, 9, 0, 1, 9}}), 3, 4);
  // q W = 0.3 + 0.4, k U = 1 and 2: 5 tanh(1.7) and 5 tanh(2.7).
  expect_scores(*two_wide(ScoreKind::additive, {{0.1, 0.1}, {1, 1}, {5}}), 5 * std::tanh(1.7),
                5 * std::tanh(2.7));
}

TEST_CASE("score functions: gradients of queries, keys, values and parameters", "[scores]") {
  for (const ScoreEntry& entry : score_functions()) {
    INFO(entry.name);
    Initializer init(3, DType::f64);
    const auto score = entry.make({.d_query = 3, .d_key = 3, .d_hidden = 4, .max_length = 5}, init);
    std::vector<Variable> inputs{Variable::parameter(normal({2, 3, 3}, 1)),
                                 Variable::parameter(normal({2, 5, 3}, 2)),
                                 Variable::parameter(normal({2, 5, 2}, 3))};
    for (const NamedParameter& parameter : parameters(*score)) inputs.push_back(parameter.variable);
    const Mask mask = causal_padding_mask(tensor_of<std::int32_t>({2}, {4, 5}));
    const GradcheckReport report = gradcheck(
        [&](const std::vector<Variable>& in) {
          return attend_by_score(*score, in[0], in[1], in[2], mask);
        },
        inputs, {.atol = 1e-7, .rtol = 1e-6});
    INFO(report.message);
    CHECK(report.passed);
  }
}

TEST_CASE("score functions: rows of weights sum to one, and hidden keys get none", "[scores]") {
  const Mask mask = padding_mask(tensor_of<std::int32_t>({2}, {2, 5}));
  for (const ScoreEntry& entry : score_functions()) {
    Initializer init(3, DType::f64);
    const auto score =
        make_score_function(entry.kind, {.d_query = 3, .d_key = 3, .d_hidden = 4}, init);
    const auto weights =
        numbers(score_weights(*score, normal({2, 3, 3}, 1), normal({2, 5, 3}, 2), mask));
    for (int row = 0; row < 6; ++row) {
      double sum = 0;
      for (int key = 0; key < 5; ++key) sum += weights[row * 5 + key];
      CHECK(sum == Approx(1));
      for (int key = row < 3 ? 2 : 5; key < 5; ++key) CHECK(weights[row * 5 + key] == 0);
    }
  }
}

TEST_CASE("score functions: the scaled dot product is the Transformer's attention", "[scores]") {
  Initializer init(1, DType::f64);
  const auto score =
      make_score_function(ScoreKind::scaled_dot_product, {.d_query = 8, .d_key = 8}, init);
  const Variable q(normal({2, 5, 8}, 1)), k(normal({2, 7, 8}, 2)), v(normal({2, 7, 8}, 3));
  CHECK(close(attend_by_score(*score, q, k, v, causal_mask()).value(),
              attend(q, k, v, {.mask = causal_mask()}).value(), 1e-12, 1e-12));
}

TEST_CASE("score functions: the table is in the order of its kinds", "[scores]") {
  for (std::size_t i = 0; i < score_functions().size(); ++i)
    CHECK(static_cast<std::size_t>(score_functions()[i].kind) == i);
}

TEST_CASE("score functions say what does not fit", "[scores]") {
  Initializer init;
  CHECK(contains(message_of([&] {
                   make_score_function(ScoreKind::dot_product, {.d_query = 2, .d_key = 3}, init);
                 }),
                 "the dot product score multiplies a query of 2 numbers with a key of 3"));
  const auto score = two_wide(ScoreKind::location_based);
  CHECK(contains(message_of([&] {
                   (*score)(Variable(normal({1, 1, 2}, 1)), Variable(normal({1, 4, 2}, 1)));
                 }),
                 "knows places for 3 keys, got 4"));
}
