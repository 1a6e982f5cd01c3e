#pragma once

#include "tasks/config/rows.h"
#include "tasks/config/settings.h"

namespace lectern {

// The keys of tasks whose data are texts, cut into windows: settings with the members length,
// valid_share and piece.

template <class TaskSettings>
void text_rows(std::vector<Field>& keys) {
  using S = TaskSettings;
  auto rows = task_rows<S>(keys);
  rows.integer("length", &S::length, {2, 1'000'000}, "sequence length: a window [tokens]");
  rows.number("valid_share", &S::valid_share, {0, 1, true, false},
              "validation split: the end of data.train held out")
      .only_with("no data.valid", [](const Config& config) { return config.data.valid.empty(); });
  rows.integer("piece", &S::piece, {16, 1'000'000'000},
               "streaming: most of a text in memory at a time [tokens]");
}

template <class TaskSettings>
void check_text_settings(const Settings& settings, const TaskSettings& task) {
  const std::int64_t longest = settings.config().model.max_length;
  if (task.length > longest)
    settings.disagree("task.length", "model.max_length", "is above", text(longest));
  if (task.piece < 4 * task.length)
    settings.disagree("task.piece", "task.length", "has no room for four windows of",
                      text(4 * task.length));
}

/// What such a task never looks at (TaskTable::unused).
inline std::vector<std::string> texts_ignore() {
  return {"tokenizer.shared",
          "data.src",
          "data.tgt",
          "data.max_length",
          "model.architecture",
          "model.num_encoder_layers",
          "model.num_decoder_layers",
          "decode.max_length_ratio",
          "decode.max_length_offset",
          "decode.batch_tokens"};
}

}  // namespace lectern
