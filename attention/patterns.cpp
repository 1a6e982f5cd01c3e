#include "attention/patterns.h"

#include <algorithm>
#include <regex>

#include "attention/adaptive_span.h"
#include "attention/dynamic_convolution.h"
#include "attention/exact.h"
#include "attention/hierarchical.h"
#include "attention/learned_window.h"
#include "attention/linear.h"
#include "attention/linformer.h"
#include "attention/lsh.h"
#include "attention/pattern_operations.h"
#include "attention/window.h"

namespace lectern {
namespace {

PatternEntry exact_entry() {
  return {.name = "exact",
          .summary = "every pair, in tiles that are never stored",
          .cost = "length² time, length memory",
          .make = [](const PatternOptions&, std::int64_t, int,
                     Initializer&) { return std::make_unique<ExactAttention>(); },
          .operations = exact_operations,
          .variants = {{"exact, in tiles", {}}},
          .recordable = true,
          .linear_memory = true};
}

PatternEntry window_entry() {
  const auto each_side = [](std::int64_t width) {
    return PatternVariant{text("window of ", width, " each side"),
                          {.name = "window", .window = {.before = width, .after = width}},
                          /*exact_up_to=*/width + 1};
  };
  return {.name = "window",
          .summary = "sliding window: neighbours, dilated or not, and global tokens",
          .cost = "length · window",
          .make =
              [](const PatternOptions& options, std::int64_t d_model, int, Initializer& init) {
                return std::make_unique<WindowAttention>(
                    WindowAttention::Options{.d_model = d_model, .window = options.window}, init);
              },
          .operations = window_operations,
          .reads = {"window", "dilation", "global_tokens"},
          .variants = {each_side(128), each_side(512)},
          .global_tokens = true,
          .recordable = true,
          .linear_memory = true};
}

PatternEntry learned_window_entry() {
  return {.name = "learned_window",
          .summary = "neighbours under a bell curve whose width every head learns",
          .cost = "length²; length · width once it is frozen",
          .make =
              [](const PatternOptions& options, std::int64_t, int heads, Initializer& init) {
                return std::make_unique<LearnedWindowAttention>(
                    LearnedWindowAttention::Options{.heads = heads,
                                                    .start = options.sigma,
                                                    .regularization = options.width_cost,
                                                    .rate = options.width_rate},
                    init);
              },
          .operations = exact_operations,  // before its widths are frozen
          .reads = {"sigma", "width_rate", "width_cost", "freeze_widths_at", "dropped_mass"},
          .recordable = true,
          .linear_memory = true};
}

PatternEntry adaptive_span_entry() {
  return {.name = "adaptive_span",
          .summary = "neighbours up to a distance that every head learns",
          .cost = "length · span",
          .make =
              [](const PatternOptions& options, std::int64_t, int heads, Initializer& init) {
                return std::make_unique<AdaptiveSpanAttention>(
                    AdaptiveSpanAttention::Options{.heads = heads,
                                                   .longest = options.longest,
                                                   .regularization = options.width_cost},
                    init);
              },
          .operations = adaptive_span_operations,
          .reads = {"width_cost"},
          .linear_memory = true};  // not recordable: spans are clamped on the host
}

PatternEntry lsh_entry() {
  std::vector<PatternVariant> variants;
  for (const int rounds : {1, 2, 4, 8})
    variants.push_back({text("LSH, ", rounds, rounds == 1 ? " round" : " rounds"),
                        {.name = "lsh", .lsh = {.rounds = rounds, .exact_below = 0}}});
  variants.push_back(
      {"LSH, causal rule, 4",
       {.name = "lsh", .lsh = {.rule = CandidateRule::same_bucket, .exact_below = 0}}});
  return {.name = "lsh",
          .summary = "locality-sensitive hashing: tokens that hash alike",
          .cost = "length · rounds · chunk",
          .make = [](const PatternOptions& options, std::int64_t, int,
                     Initializer&) { return std::make_unique<LshAttention>(options.lsh); },
          .operations = lsh_operations,
          .reads = {"num_hashes", "num_buckets", "lsh_attn_chunk_length", "lsh_candidates",
                    "exact_below", "hash_seed", "window"},
          .variants = variants,
          .groups_heads = false,
          .hashes = true,
          .linear_memory = true};  // not recordable: directions are drawn on the host
}

PatternEntry linear_entry() {
  return {.name = "linear",
          .summary = "linear attention: all, through one carried sum",
          .cost = "length",
          .make = [](const PatternOptions&, std::int64_t, int,
                     Initializer&) { return std::make_unique<LinearAttention>(); },
          .operations = linear_operations,
          .drops_weights = false,
          .recordable = true,
          .linear_memory = true};
}

PatternEntry linformer_entry() {
  return {.name = "linformer",
          .summary = "keys and values of low rank: weighted sums along the length",
          .cost = "length · rank",
          .make =
              [](const PatternOptions& options, std::int64_t, int, Initializer& init) {
                return std::make_unique<LinformerAttention>(
                    LinformerAttention::Options{.max_length = options.longest,
                                                .rank = options.own.whole("rank")},
                    init);
              },
          .operations = linformer_operations,
          .keys = {{.name = "rank",
                    .standard = std::int64_t{64},
                    .lowest = 1,
                    .highest = 65'536,
                    .doc = "sums that replace the keys, and the values"}},
          .causal = false,
          .linear_memory = true};
}

PatternEntry dynamic_convolution_entry() {
  return {
      .name = "dynamic_convolution",
      .summary = "a kernel over the neighbours that each token predicts",
      .cost = "length · kernel",
      .make =
          [](const PatternOptions& options, std::int64_t d_model, int heads, Initializer& init) {
            return std::make_unique<DynamicConvolutionAttention>(
                DynamicConvolutionAttention::Options{
                    .d_model = d_model,
                    .heads = heads,
                    .kernel_size = options.own.whole("kernel_size")},
                init);
          },
      .operations = dynamic_convolution_operations,
      .keys = {{.name = "kernel_size",
                .standard = std::int64_t{31},
                .lowest = 1,
                .highest = 65'536,
                .doc = "taps of a kernel [tokens]"}},
      .groups_heads = false,
      .linear_memory = true};
}

PatternEntry hierarchical_entry() {
  return {.name = "hierarchical",
          .summary = "two levels: near tokens one by one, far blocks by their means",
          .cost = "length · (3 · block + length / block)",
          .make =
              [](const PatternOptions& options, std::int64_t, int, Initializer&) {
                return std::make_unique<HierarchicalAttention>(options.own.whole("block_length"));
              },
          .operations = hierarchical_operations,
          .keys = {{.name = "block_length",
                    .standard = std::int64_t{32},
                    .lowest = 1,
                    .highest = 16'384,
                    .doc = "tokens of a block"}},
          .linear_memory = true};
}

struct List {
  std::vector<PatternEntry> entries = {
      exact_entry(),       window_entry(), learned_window_entry(), adaptive_span_entry(),
      lsh_entry(),         linear_entry(), linformer_entry(),      dynamic_convolution_entry(),
      hierarchical_entry()};
  bool closed = false;
};

List& list() {
  static List only;
  return only;
}

void check_word(const std::string& word, const char* what) {
  static const std::regex small_letters("[a-z][a-z0-9_]*");
  check(std::regex_match(word, small_letters), [&] {
    return text("register_pattern: ", what, " \"", word,
                "\" is no word of small letters, digits and _, as a configuration writes it");
  });
}

}  // namespace

const std::vector<PatternEntry>& patterns() {
  list().closed = true;
  return list().entries;
}

bool PatternEntry::has_key(const std::string& key) const {
  return std::count(reads.begin(), reads.end(), key) > 0 ||
         std::any_of(keys.begin(), keys.end(),
                     [&](const PatternKey& own) { return own.name == key; });
}

const PatternEntry* find_pattern(const std::string& name) {
  for (const PatternEntry& entry : patterns())
    if (entry.name == name) return &entry;
  return nullptr;
}

void register_pattern(PatternEntry entry) {
  check(!list().closed, [&] {
    return text("register_pattern: the list of patterns has been read before \"", entry.name,
                "\" came; register it first, at the beginning of main");
  });
  check_word(entry.name, "the name");
  check(entry.make != nullptr,
        [&] { return text("register_pattern: \"", entry.name, "\" has no maker"); });
  for (const PatternEntry& other : list().entries) {
    check(other.name != entry.name, [&] {
      return text("register_pattern: there is a pattern \"", entry.name,
                  "\" already; give yours another name");
    });
    for (const PatternKey& key : entry.keys)
      check(!other.has_key(key.name), [&] {
        return text("register_pattern: the key attention.", key.name, " of \"", entry.name,
                    "\" belongs to \"", other.name, "\"; give it another name");
      });
  }
  for (const PatternKey& key : entry.keys) check_word(key.name, "the key");
  list().entries.push_back(std::move(entry));
}

namespace {

const PatternEntry& entry_of(const PatternOptions& options) {
  const PatternEntry* entry = find_pattern(options.name);
  check(entry != nullptr, [&] {
    std::string names;
    for (const PatternEntry& each : patterns()) names += (names.empty() ? "" : ", ") + each.name;
    return text("there is no pattern of attention \"", options.name, "\"; the list has ", names);
  });
  return *entry;
}

/// With the defaults of the pattern's own keys where they are not set.
PatternOptions complete(const PatternEntry& entry, PatternOptions options) {
  for (const PatternKey& key : entry.keys)
    if (!options.own.find(key.name)) options.own.set(key.name, key.standard);
  return options;
}

}  // namespace

std::unique_ptr<AttentionPattern> make_pattern(const PatternOptions& options, std::int64_t d_model,
                                               int heads, Initializer& init) {
  const PatternEntry& entry = entry_of(options);
  return entry.make(complete(entry, options), d_model, heads, init);
}

std::int64_t pattern_operations(const PatternOptions& options, const SequenceSize& size) {
  const PatternEntry& entry = entry_of(options);
  check(entry.operations != nullptr, [&] {
    return text("the pattern \"", entry.name, "\" does not say what it multiplies; give its entry ",
                "PatternEntry::operations");
  });
  return entry.operations(complete(entry, options), size);
}

}  // namespace lectern
