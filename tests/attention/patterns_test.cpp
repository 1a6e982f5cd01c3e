#include "attention/patterns.h"

#include <fstream>
#include <sstream>

#include "attention/scaled_dot_product.h"
#include "tensor/measure.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

// The list of patterns, and one that a program adds.

namespace {

/// Every `stride`-th key, and attention by its definition: what a program's own pattern looks like.
class Strided : public AttentionPattern {
 public:
  explicit Strided(std::int64_t stride) : stride_(stride) {}
  Variable operator()(const ProjectedTokens& tokens,
                      const AttentionOptions& options) const override {
    AttentionOptions strided = options;
    strided.mask.window = Window{.before = 1 << 20, .after = 1 << 20, .dilation = stride_};
    return attend(tokens.queries, tokens.keys, tokens.values, strided);
  }

 private:
  std::int64_t stride_;
};

PatternEntry strided_entry() {
  return {
      .name = "strided",
      .summary = "every so many tokens a key",
      .cost = "length² time",
      .make = [](const PatternOptions& options, std::int64_t, int,
                 Initializer&) { return std::make_unique<Strided>(options.own.whole("stride")); },
      .keys = {{.name = "stride", .standard = 3, .lowest = 1, .doc = "between keys [tokens]"}}};
}

std::string complaint_about(PatternEntry entry) {
  return message_of([&] { register_pattern(std::move(entry)); });
}

/// What must happen before anybody reads the list, and therefore before main.
struct Registrations {
  std::string taken, nameless, unmade, key_taken, bad_key;
  Registrations() {
    PatternEntry entry = strided_entry();
    entry.name = "window";
    taken = complaint_about(entry);
    entry.name = "my pattern";
    nameless = complaint_about(entry);
    entry = strided_entry();
    entry.make = nullptr;
    unmade = complaint_about(entry);
    entry = strided_entry();
    entry.keys[0].name = "num_hashes";
    key_taken = complaint_about(entry);
    entry.keys[0].name = "";
    bad_key = complaint_about(entry);
    register_pattern(strided_entry());
  }
};
const Registrations registrations;

ProjectedTokens some_tokens() {
  const auto drawn = [](std::uint32_t site) {
    return Variable(random_normal({2, 10, 8}, 1.0, {.seed = 3, .step = 0, .site = site}));
  };
  const Variable queries = drawn(1);
  return {drawn(0), queries, drawn(2), drawn(3)};
}

}  // namespace

TEST_CASE("A program's pattern is on the list behind the library's own", "[patterns]") {
  CHECK(patterns().front().name == "exact");
  CHECK(patterns().back().name == "strided");
  CHECK(find_pattern("strided")->keys[0].name == "stride");
  CHECK(find_pattern("windoww") == nullptr);
}

TEST_CASE("A name or a key that is taken is refused, and so is what cannot work", "[patterns]") {
  CHECK(contains(registrations.taken, "there is a pattern \"window\" already"));
  CHECK(contains(registrations.nameless, "\"my pattern\" is no word"));
  CHECK(contains(registrations.unmade, "\"strided\" has no maker"));
  CHECK(
      contains(registrations.key_taken, "attention.num_hashes of \"strided\" belongs to \"lsh\""));
  CHECK(contains(registrations.bad_key, "the key \"\" is no word"));
  patterns();
  PatternEntry late = strided_entry();
  late.name = "late";
  CHECK(contains(complaint_about(late), "at the beginning of main"));
}

TEST_CASE("A pattern is made by its name, with its own keys or their defaults", "[patterns]") {
  Initializer init(1);
  const ProjectedTokens tokens = some_tokens();
  const auto output = [&](PatternOptions options) {
    return (*make_pattern(options, 8, 2, init))(tokens, {.heads = 2}).value().to_vector<float>();
  };
  PatternOptions options{.name = "strided"};
  const auto standard = output(options);
  options.own.set("stride", 3);
  CHECK(output(options) == standard);
  options.own.set("stride", 2);
  CHECK(output(options) != standard);
  options.own.set("stride", 2.5);
  CHECK(contains(message_of([&] { output(options); }), "whole number \"stride\""));
  CHECK(contains(message_of([&] { output({.name = "strange"}); }),
                 "no pattern of attention \"strange\"; the list has exact, window"));
}

TEST_CASE("What the list says of dropout is what a pattern does", "[patterns]") {
  const ProjectedTokens tokens = some_tokens();
  for (const PatternEntry& entry : patterns()) {
    INFO(entry.name);
    Initializer init(1);
    const auto pattern = make_pattern({.name = entry.name}, 8, 2, init);
    ProjectedTokens seen = tokens;
    if (pattern->shares_keys()) seen.keys = seen.queries;
    bool refused = false;
    try {
      (*pattern)(seen, {.heads = 2, .dropout = 0.5, .key = {.seed = 1}});
    } catch (const Error&) {
      refused = true;
    }
    CHECK(refused != entry.drops_weights);
  }
}

namespace {

/// As all patterns are measured, and with numbers that leave a rest everywhere.
std::vector<PatternOptions> various_options() {
  std::vector<PatternOptions> options = {
      {.name = "window", .window = {.before = 7, .after = 2}},
      {.name = "window", .window = {.before = 4, .after = 9, .dilation = 3}},
      {.name = "window", .window = {.before = 5, .after = 1, .dilation = 2, .globals = 3}},
      {.name = "window", .window = {.before = 2, .globals = 1000}},
      {.name = "adaptive_span", .longest = 20},
      {.name = "lsh", .lsh = {.rounds = 3, .chunk = 7, .exact_below = 20}},
      {.name = "lsh",
       .lsh = {.rule = CandidateRule::same_bucket, .rounds = 2, .window = 5, .exact_below = 0}}};
  for (const PatternEntry& entry : patterns()) {
    options.push_back({.name = entry.name});
    for (const PatternVariant& variant : entry.variants) options.push_back(variant.options);
  }
  return options;
}

/// Executed: one forward pass over one sequence.
std::int64_t counted(const PatternOptions& options, const SequenceSize& size) {
  Initializer init(1);
  const auto pattern = make_pattern(options, size.d_model, size.heads, init);
  for (NamedParameter parameter : parameters(*pattern))
    if (parameter.name == "ratio")  // spans as long as they may be
      parameter.variable.mutable_value().copy_from(full({size.heads}, 1));
  evaluate(*pattern);
  const auto drawn = [&](std::uint32_t site) {
    return Variable(random_normal({1, size.length, size.d_model}, 1.0, {.seed = 3, .site = site}));
  };
  const Variable queries = drawn(1);
  const ProjectedTokens tokens{drawn(0), queries, pattern->shares_keys() ? queries : drawn(2),
                               drawn(3)};
  const NoGradient no_gradient;
  return operations(
      [&] { (*pattern)(tokens, {.heads = size.heads, .mask = {.causal = size.causal}}); });
}

}  // namespace

TEST_CASE("What a pattern says it multiplies is what its kernels multiply", "[patterns]") {
  if (default_device() != cpu) return;  // kernels of a GPU do not count
  for (const PatternOptions& options : various_options()) {
    if (options.name == "strided") continue;
    for (const bool causal : {false, true})
      for (const std::int64_t length : {1, 6, 14, 48, 131, 300}) {
        if (causal && !find_pattern(options.name)->causal) continue;
        INFO(options.name << ", " << length << " tokens, causal " << causal);
        const SequenceSize size{.length = length, .d_model = 8, .heads = 2, .causal = causal};
        CHECK(counted(options, size) == pattern_operations(options, size));
      }
  }
}

TEST_CASE("What patterns multiply, by hand", "[patterns]") {
  const SequenceSize size{.length = 4, .d_model = 8, .heads = 2, .causal = false};
  CHECK(pattern_operations({.name = "exact"}, size) == 4 * 8 * 16);
  // a sees two keys, b and c three each, d two.
  CHECK(pattern_operations({.name = "window", .window = {.before = 1, .after = 1}}, size) ==
        4 * 8 * 10);
  CHECK(pattern_operations({.name = "linear"}, size) == 4 * (2 + 2) * 2 * 4 * 4);
  CHECK(contains(message_of([&] { pattern_operations({.name = "strided"}, size); }),
                 "\"strided\" does not say what it multiplies"));
}

TEST_CASE("The backward pass multiplies five times a pair where the forward pass does twice",
          "[patterns]") {
  if (default_device() != cpu) return;
  const Variable x = Variable::parameter(random_normal({1, 70, 8}, 1.0, {.seed = 3}));
  const AttentionOptions options{.heads = 2, .mask = causal_mask()};
  const std::int64_t forward = operations([&] { attend(x, x, x, options); });
  const Variable y = attend(x, x, x, options);
  CHECK(2 * operations([&] { backward(y, full({1, 70, 8}, 1)); }) == 5 * forward);
}

TEST_CASE("The README's table of patterns is the list", "[patterns]") {
  std::ifstream readme(LECTERN_TEST_DATA "/../README.md");
  std::vector<std::string> rows;
  bool inside = false;
  for (std::string line; std::getline(readme, line);) {
    if (inside && line.starts_with("| `")) rows.push_back(line);
    if (line.starts_with("| `model.attention`")) inside = true;
    if (line.empty()) inside = false;
  }
  std::size_t row = 0;
  for (const PatternEntry& entry : patterns()) {
    if (entry.name == "strided") continue;
    INFO(entry.name);
    REQUIRE(row < rows.size());
    CHECK(rows[row].starts_with("| `" + entry.name + "` | " + entry.summary));
    CHECK(rows[row++].ends_with(" | " + entry.cost + " |"));
  }
  CHECK(row == rows.size());
}
