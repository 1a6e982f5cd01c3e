#include "tasks/synthetic/repeat_task.h"

#include <numeric>

#include "tasks/config/settings.h"
#include "tasks/task/model_options.h"

namespace lectern {

std::vector<std::int32_t> draw_word(const RepeatSettings& settings, const ExampleKey& key) {
  return draw_example(key, [&](Draws& draws) {
    std::vector<std::int32_t> word(settings.length / 2 - 1);
    for (std::int32_t& symbol : word)
      symbol = 1 + static_cast<std::int32_t>(draws.below(settings.symbols));
    return word;
  });
}

SequenceSource repeat_source(const RepeatSettings& settings, Arrange arrange) {
  return {.length = settings.length,
          .vocab = settings.symbols + 1,
          .sizes = settings.sizes,
          .make = [settings, arrange](const ExampleKey& key, std::int64_t) {
            MadeSequence sequence{.tokens = arrange(draw_word(settings, key)), .asked = {}};
            // From the second 0 on, a token is to be followed by the next symbol of w.
            sequence.asked.resize(sequence.tokens.size() / 2 - 1);
            std::iota(sequence.asked.begin(), sequence.asked.end(),
                      static_cast<std::int32_t>(sequence.tokens.size() / 2) + 1);
            return sequence;
          }};
}

namespace {

std::vector<Field> keys() {
  using S = RepeatSettings;
  std::vector<Field> keys;
  auto rows = task_rows<S>(keys);
  rows.integer("length", &S::length, {2, 1'000'000}, "sequence length: the whole 0w0w [tokens]");
  rows.integer("symbols", &S::symbols, {2, 65'536}, "vocabulary: w is drawn from 1, 2 ... N");
  split_size_rows<S>(keys);
  return keys;
}

void check_settings(const Settings& settings) {
  check_causal_patterns(settings);
  const std::int64_t length = settings.config().task.as<RepeatSettings>().length;
  const std::int64_t longest = settings.config().model.max_length;
  if (length > longest)
    settings.disagree("task.length", "model.max_length", "is above", text(longest));
  if (length < 4)
    settings.disagree("task.length", "task.name", "leaves no room for w in 0w0w, as in", "4");
  if (length % 2 != 0)
    settings.disagree("task.length", "task.name", "is odd, unlike 0w0w, the sequences of",
                      text(length + 1));
}

}  // namespace

TaskTable repeat_table(const std::string& name, const std::string& summary) {
  return {.name = name,
          .summary = summary,
          .settings = RepeatSettings{},
          .keys = keys(),
          .metrics = {"accuracy", "loss"},
          .unused = made_data_ignores(),
          .check = check_settings};
}

}  // namespace lectern
