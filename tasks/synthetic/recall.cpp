#include "tasks/synthetic/recall.h"

#include <algorithm>
#include <numeric>

#include "tasks/config/settings.h"
#include "tasks/task/model_options.h"

namespace lectern {
namespace {

/// `count` different numbers below `choices`, in the order in which they were drawn.
std::vector<std::int32_t> draw_different(Draws& draws, std::int64_t count, std::int64_t choices) {
  std::vector<std::int32_t> all(choices);
  std::iota(all.begin(), all.end(), 0);
  for (std::int64_t i = 0; i < count; ++i)  // Fisher and Yates, as far as needed
    std::swap(all[i], all[i + draws.below(choices - i)]);
  all.resize(count);
  return all;
}

/// Where `count` pairs of tokens begin, in ascending order, among `places` tokens from `first` on.
/// Without the second token of each pair, any places are different ones.
std::vector<std::int32_t> draw_places(Draws& draws, std::int64_t count, std::int64_t first,
                                      std::int64_t places) {
  std::vector<std::int32_t> begins = draw_different(draws, count, places - count);
  std::ranges::sort(begins);
  for (std::int64_t i = 0; i < count; ++i) begins[i] += static_cast<std::int32_t>(first + i);
  return begins;
}

SequenceSource recall_source(const Config& config) {
  const auto& settings = config.task.as<RecallSettings>();
  return {.length = settings.length,
          .vocab = 3 * settings.symbols,
          .sizes = settings.sizes,
          .make = [settings](const ExampleKey& key,
                             std::int64_t length) { return make_recall(settings, key, length); },
          .start_length = settings.start_length};
}

std::vector<Field> keys() {
  using S = RecallSettings;
  std::vector<Field> keys;
  auto rows = task_rows<S>(keys);
  rows.integer("length", &S::length, {4, 1'000'000}, "sequence length [tokens]");
  rows.integer("pairs", &S::pairs, {1, 65'536}, "keys that are told and asked for");
  rows.integer("symbols", &S::symbols, {2, 65'536}, "different keys, values, words of noise");
  rows.integer("start_length", &S::start_length, {0, 1'000'000},
               "curriculum: first epoch's length, doubling; 0: none [tokens]");
  split_size_rows<S>(keys);
  return keys;
}

void check_settings(const Settings& settings) {
  check_causal_patterns(settings);
  const auto& task = settings.config().task.as<RecallSettings>();
  const std::int64_t longest = settings.config().model.max_length;
  if (task.length > longest)
    settings.disagree("task.length", "model.max_length", "is above", text(longest));
  if (task.pairs > task.symbols)
    settings.disagree("task.pairs", "task.symbols", "needs so many different keys, above",
                      text(task.symbols));
  if (task.start_length != 0 && (task.start_length < 8 || task.start_length > task.length))
    settings.disagree("task.start_length", "task.length",
                      "must lie between 8 and the length, or be", "0");
  if (4 * task.pairs > task.length)
    settings.disagree("task.pairs", "task.length",
                      "told and asked for takes four tokens each, above", text(task.length / 4));
}

}  // namespace

MadeSequence make_recall(const RecallSettings& settings, const ExampleKey& key) {
  return make_recall(settings, key, settings.length);
}

MadeSequence make_recall(const RecallSettings& all, const ExampleKey& key, std::int64_t length) {
  RecallSettings settings = all;
  settings.length = length;
  if (length < all.length) settings.pairs = std::clamp<std::int64_t>(length / 8, 1, all.pairs);
  const auto symbols = static_cast<std::int32_t>(settings.symbols);
  const std::int64_t half = settings.length / 2;
  MadeSequence sequence;
  sequence.tokens = draw_example(key, [&](Draws& draws) {
    std::vector<std::int32_t> tokens(settings.length);
    for (std::int32_t& token : tokens)
      token = 2 * symbols + static_cast<std::int32_t>(draws.below(symbols));
    const std::vector<std::int32_t> names = draw_different(draws, settings.pairs, symbols),
                                    told = draw_places(draws, settings.pairs, 0, half),
                                    asked = draw_places(draws, settings.pairs, half,
                                                        settings.length - half),
                                    order = draw_different(draws, settings.pairs, settings.pairs);
    sequence.asked.clear();
    sequence.distance.clear();
    for (std::int64_t i = 0; i < settings.pairs; ++i) {
      tokens[told[i]] = names[i];
      tokens[told[i] + 1] = symbols + static_cast<std::int32_t>(draws.below(symbols));
    }
    for (std::int64_t i = 0; i < settings.pairs; ++i) {
      const std::int32_t pair = order[i];
      tokens[asked[i]] = names[pair];
      tokens[asked[i] + 1] = tokens[told[pair] + 1];
      sequence.asked.push_back(asked[i] + 1);
      sequence.distance.push_back(asked[i] - told[pair]);
    }
    return tokens;
  });
  return sequence;
}

TaskKind recall_kind() {
  return sequence_kind({.name = "recall",
                        .summary = "to recall what was told of a key",
                        .settings = RecallSettings{},
                        .keys = keys(),
                        .metrics = {"accuracy", "loss"},
                        .unused = made_data_ignores(),
                        .check = check_settings},
                       recall_source);
}

}  // namespace lectern
