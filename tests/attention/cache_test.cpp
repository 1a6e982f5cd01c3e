#include "attention/cache.h"

#include <functional>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#include "attention/adaptive_span.h"
#include "attention/dynamic_convolution.h"
#include "attention/exact.h"
#include "attention/hierarchical.h"
#include "attention/learned_window.h"
#include "attention/linear.h"
#include "attention/lsh.h"
#include "attention/patterns.h"
#include "attention/window.h"
#include "tensor/ops/gather.h"
#include "tests/attention/read_in_blocks.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

// A key/value cache gives to tokens that come a few at a time what the pattern gives to the whole.

using namespace lectern;

namespace {

constexpr std::int64_t d_model = 8, length = 40;
constexpr int heads = 2;

/// A pattern as a program of its own would write it: the mean of all values so far.
class MeanSoFar : public AttentionPattern {
 public:
  explicit MeanSoFar(bool causal = true) : causal_(causal) {}
  Variable operator()(const ProjectedTokens& tokens,
                      const AttentionOptions& options) const override {
    const Variable alike(zeros_like(tokens.queries.value()));
    return ExactAttention()({tokens.x, alike, tokens.keys, tokens.values}, options);
  }
  bool is_causal() const override { return causal_; }

 private:
  bool causal_;
};

struct Case {
  std::string name;
  std::function<std::unique_ptr<AttentionPattern>(Initializer&)> make;
};

Case window(const std::string& name, const Window& window) {
  return {name, [=](Initializer& init) {
            return std::make_unique<WindowAttention>(
                WindowAttention::Options{.d_model = d_model, .window = window}, init);
          }};
}

Case learned_window(const std::string& name, bool frozen) {
  return {name, [=](Initializer& init) {
            auto pattern = std::make_unique<LearnedWindowAttention>(
                LearnedWindowAttention::Options{.heads = heads, .start = 3}, init);
            if (frozen) pattern->freeze_width({5, 2});
            return pattern;
          }};
}

Case lsh(const std::string& name, const LshOptions& options) {
  return {name, [=](Initializer&) { return std::make_unique<LshAttention>(options); }};
}

std::vector<Case> causal_patterns() {
  return {
      {"exact", [](Initializer&) { return std::make_unique<ExactAttention>(); }},
      window("window", {.before = 5, .after = 3}),
      window("the token alone", {.before = 0}),
      window("dilated window", {.before = 3, .dilation = 4}),
      window("window wider than the sequence", {.before = 1000}),
      window("unequal reach", {.before = 9, .head_reach = tensor_of<std::int32_t>({2}, {7, 2})}),
      window("global tokens", {.before = 4, .globals = 2}),
      learned_window("learned window", false),
      learned_window("frozen window", true),
      {"adaptive span",
       [](Initializer& init) {
         return std::make_unique<AdaptiveSpanAttention>(
             AdaptiveSpanAttention::Options{.heads = heads, .longest = 20, .ramp = 3, .start = 0.2},
             init);
       }},
      lsh("LSH, same bucket", {.rule = CandidateRule::same_bucket,
                               .rounds = 3,
                               .window = 6,
                               .buckets = 4,
                               .exact_below = 0}),
      lsh("LSH, exactly", {.exact_below = 2 * length}),
      {"linear", [](Initializer&) { return std::make_unique<LinearAttention>(); }},
      {"dynamic convolution",
       [](Initializer& init) {
         return std::make_unique<DynamicConvolutionAttention>(
             DynamicConvolutionAttention::Options{
                 .d_model = d_model, .heads = heads, .kernel_size = 5},
             init);
       }},
      {"two levels", [](Initializer&) { return std::make_unique<HierarchicalAttention>(3); }},
      {"a program's own", [](Initializer&) { return std::make_unique<MeanSoFar>(); }},
  };
}

MultiHeadAttention attention_of(const Case& c) {
  Initializer init(5, DType::f64);
  MultiHeadAttention attention({.d_model = d_model, .heads = heads}, c.make(init), init);
  evaluate(attention);
  return attention;
}

Tensor whole(const MultiHeadAttention& attention, const Tensor& x) {
  const NoGradient no_gradient;
  const Variable tokens(x);
  return attention(tokens, tokens, causal_mask()).value();
}

/// What is written to the log meanwhile.
template <class Work>
std::string log_of(const Work& work) {
  std::ostringstream log;
  std::streambuf* before = std::clog.rdbuf(log.rdbuf());
  work();
  std::clog.rdbuf(before);
  return log.str();
}

}  // namespace

TEST_CASE("every causal pattern: token by token and in blocks as the whole at once", "[cache]") {
  const std::int64_t tokens = default_device() == cpu ? length : 18;
  const Tensor x = normal({3, tokens, d_model}, 1);
  for (const Case& c : causal_patterns()) {
    const MultiHeadAttention attention = attention_of(c);
    const Tensor expected = whole(attention, x);
    for (const std::int64_t block : {std::int64_t{1}, std::int64_t{3}, std::int64_t{7}, tokens}) {
      INFO(c.name << ", " << block << " tokens at a time");
      CHECK(close(read_in_blocks(attention, x, block), expected, 1e-11, 1e-11));
    }
  }
}

TEST_CASE("every pattern on the list goes on token by token, or says why it cannot", "[cache]") {
  const std::int64_t tokens = 18;
  const Tensor x = normal({2, tokens, d_model}, 1);
  for (const PatternEntry& entry : patterns()) {
    std::vector<PatternVariant> variants = entry.variants;
    variants.push_back({"with its defaults", {.name = entry.name}});
    for (const PatternVariant& variant : variants) {
      INFO(entry.name << ", " << variant.name);
      Initializer init(5, DType::f64);
      auto pattern = make_pattern(variant.options, d_model, heads, init);
      const bool is_causal = pattern->is_causal();
      MultiHeadAttention attention({.d_model = d_model, .heads = heads}, std::move(pattern), init);
      evaluate(attention);
      const std::string refusal = message_of([&] { attention.start(tokens); });
      if (!refusal.empty()) {
        CHECK_FALSE(is_causal);
        CHECK(contains(refusal, "depends on tokens after it"));
        continue;
      }
      const Tensor expected = whole(attention, x);
      for (const std::int64_t block : {1, 5, 18})
        CHECK(close(read_in_blocks(attention, x, block), expected, 1e-11, 1e-11));
    }
  }
}

TEST_CASE("every causal pattern: rows fork, change places and end", "[cache]") {
  // Three rows read four tokens; then the rows are 2, 0, 0, 1; after a block of three, 3, 1.
  const Tensor first = normal({3, 4, d_model}, 1), then = normal({4, 3, d_model}, 2),
               last = normal({2, 1, d_model}, 3);
  const auto order = [](std::initializer_list<std::int32_t> rows) {
    return tensor_of<std::int32_t>({static_cast<std::int64_t>(rows.size())}, rows);
  };
  const Tensor order1 = order({2, 0, 0, 1}), order2 = order({3, 1});
  const Tensor sequences = concatenate(
      {gather_rows(concatenate({gather_rows(first, order1), then}, 1), order2), last}, 1);
  for (const Case& c : causal_patterns()) {
    INFO(c.name);
    const NoGradient no_gradient;
    const MultiHeadAttention attention = attention_of(c);
    const auto cache = attention.start(8);
    TokenPaths paths;
    const auto read = [&](const Tensor& x, const Tensor& rows) {
      const NewestTokens newest = paths.extend(paths.prepare(rows, x.dim(1)));
      return attention.step(Variable(x), *cache, newest).value();
    };
    read(first, same_rows(3));
    cache->reorder(order1);
    read(then, order1);
    cache->reorder(order2);
    const Tensor y = read(last, order2);
    CHECK(close(y, slice(whole(attention, sequences), 1, 7, 8), 1e-11, 1e-11));
  }
}

TEST_CASE("a cache of a source: any number of queries a row, and sentences that are forgotten",
          "[cache]") {
  const NoGradient no_gradient;
  Initializer init(5, DType::f64);
  const MultiHeadAttention attention({.d_model = d_model, .heads = heads}, init);
  const Variable memory(normal({3, 5, d_model}, 1));
  const Tensor lengths = tensor_of<std::int32_t>({3}, {5, 2, 4});
  const auto cache = attention.start(memory, lengths);
  CHECK(cache->is_complete());

  const Tensor x = normal({3, 4, d_model}, 2);
  const Tensor expected = attention(Variable(x), memory, padding_mask(lengths)).value();
  CHECK(close(attention.step(Variable(x), *cache, {}).value(), expected, 1e-12, 1e-12));
  const Tensor one_row_a_token = x.reshape({12, 1, d_model});  // four rows of each sentence
  CHECK(close(attention.step(Variable(one_row_a_token), *cache, {}).value(),
              expected.reshape({12, 1, d_model}), 1e-12, 1e-12));

  const Tensor kept = tensor_of<std::int32_t>({2}, {2, 0});
  cache->keep(kept);
  CHECK(close(attention.step(Variable(gather_rows(x, kept)), *cache, {}).value(),
              gather_rows(expected, kept), 1e-12, 1e-12));
}

TEST_CASE("a causal pattern without a cache is run again for every call, and the log says so once",
          "[cache]") {
  const MeanSoFar pattern;
  const std::string first = log_of([&] { pattern.start(heads, 4); });
  const std::string second = log_of([&] { pattern.start(heads, 4); });
  // Another test may have come before.
  CHECK((first.empty() || contains(first, "brings no key/value cache")));
  CHECK(second.empty());
}

TEST_CASE("a pattern that looks ahead, or does not say, cannot go on token by token", "[cache]") {
  CHECK(contains(message_of([] { MeanSoFar(false).start(heads, 4); }),
                 "where it is causal, override AttentionPattern::is_causal"));
  CHECK(contains(message_of([] { LshAttention({.exact_below = 0}).start(heads, 400); }),
                 "depends on tokens after it"));
}

TEST_CASE("a cache that cannot follow a beam, or says no weights, refuses in a sentence",
          "[cache]") {
  class Forgetful : public KeyValueCache {
   public:
    Tensor attend(const ProjectedTokens& tokens, const NewestTokens&) override {
      return tokens.values.value();
    }
  };
  Forgetful cache;
  CHECK(contains(message_of([&] { cache.reorder(same_rows(2)); }), "cannot follow the hypotheses"));
  CHECK(contains(message_of([&] {
                   cache.weights(zeros({1, 1, 2}), {});
                 }),
                 "does not say whom a token looked at"));
}

TEST_CASE("attention watch: what is read from a cache leaves its weights too", "[cache]") {
  class Model : public Module {
   public:
    explicit Model(Initializer& init) : attention({.d_model = d_model, .heads = heads}, init) {}
    void visit(Visitor& visitor) override { visitor("attention", attention); }
    MultiHeadAttention attention;
  };
  Initializer init(5, DType::f64);
  Model model(init);
  const Tensor x = normal({2, 6, d_model}, 1);
  std::vector<Tensor> expected;
  {
    const AttentionWatch watch(model);
    whole(model.attention, x);
    expected = watch.seen()[0].weights;
  }
  const AttentionWatch watch(model);
  read_in_blocks(model.attention, x, 4);
  const std::vector<Tensor>& seen = watch.seen()[0].weights;  // [row, head, n, key]
  REQUIRE(seen.size() == 2);
  CHECK(close(seen[0], slice(slice(expected[0], 2, 0, 4), 3, 0, 4), 1e-12, 1e-12));
  CHECK(close(seen[1], slice(expected[0], 2, 4, 6), 1e-12, 1e-12));
}

TEST_CASE("attention watch: queries at a source leave their weights, row by row", "[cache]") {
  Initializer init(5, DType::f64);
  MultiHeadAttention attention({.d_model = d_model, .heads = heads}, init);
  const Variable memory(normal({2, 3, d_model}, 1));
  const Tensor lengths = tensor_of<std::int32_t>({2}, {3, 2});
  const auto cache = attention.start(memory, lengths);
  const Tensor queries = normal({4, 2, d_model}, 2);  // two rows of each sentence, two tokens each
  const Tensor weights = cache->weights(queries, {});
  REQUIRE(weights.shape() == Shape{4, heads, 2, 3});
  for (std::int64_t row = 0; row < 4; ++row) {
    const std::int64_t sentence = row / 2;
    const auto alone = attention.start(Variable(memory.value().slice(sentence, sentence + 1)),
                                       lengths.slice(sentence, sentence + 1));
    CHECK(close(alone->weights(queries.slice(row, row + 1), {}), weights.slice(row, row + 1), 1e-12,
                1e-12));
  }
}
