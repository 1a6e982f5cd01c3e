#include <algorithm>

#include "attention/exact.h"
#include "attention/patterns.h"
#include "tasks/config/config.h"
#include "tasks/config/field.h"
#include "tasks/config/patterns_of.h"
#include "tests/tasks/config_testing.h"
#include "tests/tasks/library_tasks.h"

using namespace lectern;

// What a configuration says of patterns of attention, and of one that a program brings along.

namespace {

/// As a program does at the beginning of its main.
const bool registered = [] {
  register_pattern({.name = "strided",
                    .summary = "every so many tokens a key",
                    .cost = "length²",
                    .make = [](const PatternOptions&, std::int64_t, int,
                               Initializer&) { return std::make_unique<ExactAttention>(); },
                    .keys = {{.name = "stride",
                              .standard = 4,
                              .lowest = 1,
                              .highest = 64,
                              .doc = "tokens between two keys"},
                             {.name = "slope", .standard = 0.5, .doc = "how fast scores fall"}}});
  return true;
}();

Config with(const std::vector<Override>& overrides) { return parse_config("", "c", overrides); }

Override setting(const std::string& key, const std::string& value) { return {key, value, "--set"}; }

}  // namespace

TEST_CASE("a program's pattern has its keys in the table [attention]", "[config]") {
  REQUIRE(registered);
  const Config config = parse_config("[model]\nattention = \"exact, strided\"\n", "c",
                                     {setting("attention.stride", "7")});
  CHECK(config.attention.own.whole("stride") == 7);
  CHECK(contains(to_toml(config), "\nstride = 7 "));
  CHECK(contains(to_toml(config), "# strided: tokens between two keys\n"));
  CHECK(contains(to_toml(config), "\nslope = 0.5 "));

  const Config again = parse_config(to_toml(config), "c");
  CHECK(again == config);
  CHECK(again.attention.own.whole("stride") == 7);
  CHECK(again.attention.own.number("slope") == 0.5);
  CHECK(!(again == parse_config("[model]\nattention = \"exact, strided\"\n", "c")));
  CHECK(with({setting("attention.slope", "2")}).attention.own.number("slope") == 2.0);
}

TEST_CASE("a program's keys are checked as the library's are", "[config]") {
  CHECK(usage_error([] { with({setting("attention.stride", "65")}); }) ==
        "--set: attention.stride = 65 is not a whole number in [1, 64]; try 4");
  CHECK(contains(usage_error([] { with({setting("attention.stride", "1.5")}); }), "whole number"));
  CHECK(contains(usage_error([] { with({setting("attention.slope", "steep")}); }), "try 0.5"));
  CHECK(contains(usage_error([] { with({setting("attention.strid", "2")}); }),
                 "did you mean attention.stride?"));
}

TEST_CASE("the names of patterns are those on the list", "[config]") {
  for (const PatternEntry& pattern : patterns()) {
    const Config config =
        with({setting("model.attention", pattern.name), setting("model.attention_dropout", "0")});
    REQUIRE(patterns_of(config).size() == 1);
    CHECK(patterns_of(config)[0] == &pattern);
  }
  const auto refusal = [](const std::string& names) {
    return usage_error([&] { with({setting("model.attention", names)}); });
  };
  CHECK(contains(refusal("adaptive_spam"), "did you mean adaptive_span?"));
  CHECK(contains(refusal("window, stirded"), "did you mean strided?"));
  CHECK(contains(refusal("windowlsh"), "is not exact|window|learned_window|"));
  CHECK(contains(refusal("lsh,"), "is not exact"));
  CHECK(contains(refusal(""), "is not exact"));
  CHECK(patterns_of(with({setting("model.attention", "window,lsh , exact")})).size() == 3);
}

TEST_CASE("every key of [attention] is read by a pattern", "[config]") {
  for (const Field& field : config_fields()) {
    if (field.table != "attention") continue;
    INFO(field.name);
    CHECK(std::ranges::any_of(
        patterns(), [&](const PatternEntry& pattern) { return pattern.has_key(field.name); }));
  }
  for (const PatternEntry& pattern : patterns())
    for (const std::string& key : pattern.reads) CHECK(find_field(Config{}, "attention." + key));
}

TEST_CASE("what a pattern cannot do is refused for it alone", "[config]") {
  const Override global = setting("attention.global_tokens", "1");
  const auto pattern = [](const std::string& name) { return setting("model.attention", name); };
  CHECK_NOTHROW(with({pattern("learned_window"), global}));
  CHECK_NOTHROW(with({global}));
  CHECK(contains(usage_error([&] { with({pattern("lsh, window"), global}); }), "first words"));

  const Override odd = setting("attention.num_buckets", "7");
  CHECK_NOTHROW(with({pattern("window"), odd}));
  CHECK(contains(usage_error([&] { with({pattern("window, lsh"), odd}); }), "try 8"));
  CHECK(contains(usage_error([&] { with({pattern("exact, linear")}); }),
                 "makes no weights that could be dropped"));

  const auto of_keys = [](const std::string& heads) {
    return setting("model.num_key_value_heads", heads);
  };
  CHECK_NOTHROW(with({pattern("window"), of_keys("2")}));
  CHECK_NOTHROW(with({pattern("lsh"), of_keys("8")}));
  CHECK(contains(usage_error([&] {
                   with({pattern("exact, lsh"), of_keys("2")});
                 }),
                 "has no keys and values that heads could share"));
  CHECK(contains(usage_error([&] { with({of_keys("3")}); }),
                 "does not divide model.nhead = 8; try 2 or 4"));

  CHECK_NOTHROW(with({pattern("linformer")}));
  for (const std::string task : {"copy", "language_model"})
    CHECK(contains(usage_error([&] {
                     with({setting("task.name", task), pattern("exact, linformer")});
                   }),
                   "has no causal form"));
}
