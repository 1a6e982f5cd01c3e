#pragma once

#include "tasks/synthetic/sequence_task.h"

namespace lectern {

/// How a word of symbols becomes a sequence whose second half follows from its first.
using Arrange = std::vector<std::int32_t> (*)(const std::vector<std::int32_t>& word);

/// `[task]` of copy and reverse.
struct RepeatSettings {
  std::int64_t length = 128;   ///< of the whole 0w0w [tokens]
  std::int64_t symbols = 127;  ///< w is drawn from 1 … symbols
  SplitSizes sizes = {};
};

/// The word w of an example: length / 2 − 1 symbols, each drawn evenly from 1 … symbols.
std::vector<std::int32_t> draw_word(const RepeatSettings& settings, const ExampleKey& key);

/// Sequences in which a word comes again, as it is or in another order; asked for is all of the
/// second half.
SequenceSource repeat_source(const RepeatSettings& settings, Arrange arrange);

/// Learning to repeat a word.
class RepeatTask : public SequenceTask {
 public:
  RepeatTask(const Config& config, Arrange arrange)
      : SequenceTask(config, repeat_source(config.task.as<RepeatSettings>(), arrange)) {}
};

/// The table of the keys of such a task.
TaskTable repeat_table(const std::string& name, const std::string& summary);

/// What the commands know of such a task.
template <Arrange arrange>
TaskKind repeat_kind(const std::string& name, const std::string& summary) {
  return sequence_kind(repeat_table(name, summary), [](const Config& config) {
    return repeat_source(config.task.as<RepeatSettings>(), arrange);
  });
}

}  // namespace lectern
