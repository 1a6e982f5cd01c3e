#include "tasks/task/trained_run.h"

#include <set>

#include "tasks/config/field.h"
#include "tasks/config/task_table.h"
#include "tasks/config/without_effect.h"
#include "tasks/failure.h"
#include "tasks/training/run_folder.h"

namespace lectern {

Config trained_config(const Checkpoint& checkpoint, const std::vector<Override>& overrides) {
  Config config = stored_config(checkpoint.text_of("config"), checkpoint.path, overrides);
  // Models of bytes of older versions say a kind that nobody read.
  const TokenizerKind usual = find_task_table(config.task.name)->tokenizer;
  if (usual == TokenizerKind::byte && !checkpoint.metadata.contains("tokenizer.kind"))
    config.tokenizer.kind = usual;
  return config;
}

TrainedRun open_run(const std::string& run, const std::vector<Override>& overrides) {
  Checkpoint checkpoint = load_checkpoint(resolve_checkpoint(run));
  const Config config = trained_config(checkpoint, overrides);
  if (const auto idle = settings_without_effect(config, overrides); !idle.empty())
    throw Failure(ExitCode::usage, idle[0] + "; leave it out");
  if (!is_supported(config.train.precision, default_device()))
    expect_none_of({"train.precision"}, overrides, "this CPU calculates in fp32");
  return {std::move(checkpoint), config};
}

void expect_none_of(const std::vector<std::string>& keys, const std::vector<Override>& typed,
                    const std::string& why) {
  for (const Override& entry : typed)
    if (is_chosen(entry.key, keys))
      throw Failure(ExitCode::usage, text(entry.origin, ": ", entry.key, " = ", entry.value,
                                          " has no effect: ", why, "; leave it out"));
}

std::vector<std::string> files_of(const TrainedRun& run) {
  std::vector<std::string> files = {run.checkpoint.path};
  const DataConfig& data = run.config.data;
  for (const std::string& part : {data.train, data.valid, data.test})
    for (const std::string& language : {std::string(), "." + data.src, "." + data.tgt})
      for (const char* packed : {"", ".gz"})
        if (!part.empty()) files.push_back(part + language + packed);
  return files;
}

std::vector<std::string> inference_settings() {
  std::vector<std::string> keys = {"model.attention", "model.max_length",
                                   "model.feed_forward_chunk", "train.precision"};
  const std::set<std::string> of_training = {"sigma", "width_rate", "width_cost",
                                             "freeze_widths_at", "dropped_mass"};
  for (const Field& field : config_fields())
    if (field.table == "attention" && !of_training.contains(field.name))
      keys.push_back(field.key());
  return keys;
}

}  // namespace lectern
