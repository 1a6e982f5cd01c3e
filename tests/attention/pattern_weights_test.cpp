#include <functional>
#include <memory>
#include <string>

#include "attention/adaptive_span.h"
#include "attention/exact.h"
#include "attention/learned_window.h"
#include "attention/linear.h"
#include "attention/lsh.h"
#include "attention/multi_head.h"
#include "attention/window.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/permute.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

// What a pattern says it looked at, for pictures, against what it does.

namespace {

constexpr std::int64_t length = 12, d_model = 8;
constexpr int heads = 2;

/// A pattern, by a name for messages, and which keys no query of it sees at a distance.
struct Case {
  std::string name;
  std::function<std::unique_ptr<AttentionPattern>(Initializer&)> make;
  std::int64_t farthest = length;
};

template <class Pattern, class... Arguments>
std::unique_ptr<AttentionPattern> made(const Arguments&... arguments) {
  return std::make_unique<Pattern>(arguments...);
}

std::vector<Case> all_patterns() {
  const LshOptions lsh{.rounds = 2, .chunk = 2, .buckets = 4, .exact_below = 0};
  const LshOptions exact_lsh{.exact_below = 2 * length};
  return {
      {"exact", [](Initializer&) { return made<ExactAttention>(); }},
      {"window",
       [](Initializer& init) {
         return std::make_unique<WindowAttention>(
             WindowAttention::Options{.d_model = d_model, .window = {.before = 2, .after = 1}},
             init);
       },
       2},
      {"learned window",
       [](Initializer& init) {
         return std::make_unique<LearnedWindowAttention>(
             LearnedWindowAttention::Options{.heads = heads, .start = 3}, init);
       }},
      {"frozen window",
       [](Initializer& init) {
         auto pattern = std::make_unique<LearnedWindowAttention>(
             LearnedWindowAttention::Options{.heads = heads, .start = 3}, init);
         pattern->freeze_width({3, 1});
         return pattern;
       },
       3},
      {"adaptive span",
       [](Initializer& init) {
         return std::make_unique<AdaptiveSpanAttention>(
             AdaptiveSpanAttention::Options{.heads = heads, .longest = 10, .ramp = 3, .start = 0.2},
             init);
       },
       4},
      {"linear", [](Initializer&) { return made<LinearAttention>(); }},
      {"LSH", [=](Initializer&) { return made<LshAttention>(lsh); }},
      {"LSH, exactly", [=](Initializer&) { return made<LshAttention>(exact_lsh); }},
  };
}

ProjectedTokens tokens_for(const AttentionPattern& pattern) {
  const auto random = [](std::uint32_t site) {
    return Variable(normal({2, length, d_model}, site));
  };
  const Variable queries = random(2);
  return {random(1), queries, pattern.shares_keys() ? queries : random(3), random(4)};
}

Mask masks(bool causal, bool padded) {
  Mask mask{.causal = causal};
  if (padded) mask.key_lengths = tensor_of<std::int32_t>({2}, {7, 12});
  return mask;
}

}  // namespace

TEST_CASE("the weights of every pattern are what it takes the values by", "[patterns]") {
  for (const Case& c : all_patterns())
    for (const bool causal : {false, true})
      for (const bool padded : {false, true}) {
        Initializer init(5, DType::f64);
        const auto pattern = c.make(init);
        evaluate(*pattern);
        const AttentionOptions options{.heads = heads, .mask = masks(causal, padded)};
        const ProjectedTokens tokens = tokens_for(*pattern);
        const Variable weights(pattern->weights(tokens, options));
        REQUIRE(weights.shape() == Shape{2, heads, length, length});
        INFO(c.name << ", causal " << causal << ", padded " << padded);
        const Variable values = split_heads(tokens.values, heads);
        CHECK(close(merge_heads(matmul(weights, values)).value(),
                    (*pattern)(tokens, options).value(), 1e-9, 1e-9));
      }
}

TEST_CASE("weights sum to one, and hidden pairs have none", "[patterns]") {
  for (const Case& c : all_patterns())
    for (const bool causal : {false, true}) {
      Initializer init(5, DType::f64);
      const auto pattern = c.make(init);
      evaluate(*pattern);
      const AttentionOptions options{.heads = heads, .mask = masks(causal, true)};
      const auto p = numbers(pattern->weights(tokens_for(*pattern), options));
      double hidden = 0, smallest = 0, error = 0;
      for (std::int64_t row = 0; row < 2 * heads * length; ++row) {
        const std::int64_t i = row % length, real = row < heads * length ? 7 : length;
        double sum = 0;
        for (std::int64_t j = 0; j < length; ++j) {
          const double weight = p[static_cast<std::size_t>(row * length + j)];
          const bool seen =
              j < real && (!causal || j <= i) && j - i <= c.farthest && i - j <= c.farthest;
          if (!seen) hidden += std::abs(weight);
          smallest = std::min(smallest, weight);
          sum += weight;
        }
        if (i < real) error = std::max(error, std::abs(sum - 1));  // the others may see nobody
      }
      INFO(c.name << ", causal " << causal);
      CHECK(hidden == 0);
      CHECK(smallest == 0);
      CHECK(error < 1e-5);  // linear attention adds 10⁻⁶ to the sums that it divides by
    }
}

TEST_CASE("the weights of global tokens: they see everybody, and everybody sees them", "[window]") {
  Initializer init(5, DType::f64);
  WindowAttention pattern({.d_model = d_model, .window = {.before = 1, .after = 1, .globals = 2}},
                          init);
  const ProjectedTokens tokens = tokens_for(pattern);
  for (const bool causal : {false, true}) {
    const auto p = numbers(pattern.weights(tokens, {.heads = heads, .mask = masks(causal, false)}));
    REQUIRE(p.size() == 2 * heads * length * length);
    bool as_expected = true;
    for (std::size_t n = 0; n < p.size(); ++n) {
      const auto j = static_cast<std::int64_t>(n % length),
                 i = static_cast<std::int64_t>(n / length % length);
      const bool near = std::abs(i - j) <= 1 || i < 2 || j < 2;
      as_expected = as_expected && (p[n] > 0) == (near && (!causal || j <= i));
    }
    CHECK(as_expected);
  }
}

TEST_CASE("attention watch sees what the pattern says", "[patterns]") {
  class Model : public Module {
   public:
    explicit Model(Initializer& init)
        : attention(make_window_attention({.d_model = d_model, .heads = heads},
                                          {.before = 1, .globals = 1}, init)) {}
    void visit(Visitor& visitor) override { visitor("attention", attention); }
    MultiHeadAttention attention;
  };
  Initializer init(5, DType::f64);
  Model model(init);
  const Variable x(normal({2, length, d_model}, 1));
  const AttentionWatch watch(model);
  model.attention(x, x, causal_mask());
  const auto p = numbers(watch.seen().at(0).weights.at(0));
  for (std::size_t n = 0; n < p.size(); ++n) {
    const std::size_t j = n % length, i = n / length % length;
    REQUIRE((p[n] > 0) == (j == 0 || j == i || j + 1 == i));
  }
}

TEST_CASE("a pattern that does not say its weights cannot be watched", "[patterns]") {
  class Silent : public AttentionPattern {
    Variable operator()(const ProjectedTokens& tokens, const AttentionOptions&) const override {
      return tokens.values;
    }
  };
  const Silent silent{};
  CHECK(contains(message_of([&] { silent.weights(tokens_for(silent), {}); }),
                 "does not say its weights"));
}

TEST_CASE("attention that adds no bias refuses one", "[patterns]") {
  AttentionOptions options{.heads = heads};
  options.bias.widths = full({heads}, 3, DType::f64);
  const LinearAttention linear;
  const LshAttention lsh({});
  for (const AttentionPattern* pattern : {static_cast<const AttentionPattern*>(&linear),
                                          static_cast<const AttentionPattern*>(&lsh)}) {
    const ProjectedTokens tokens = tokens_for(*pattern);
    CHECK(contains(message_of([&] { (*pattern)(tokens, options); }), "got a bias by distance"));
    CHECK(
        contains(message_of([&] { pattern->weights(tokens, options); }), "got a bias by distance"));
  }
}
