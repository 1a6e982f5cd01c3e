#include "tasks/task/task_kind.h"

#include <algorithm>

#include "tasks/failure.h"

namespace lectern {
namespace {

/// The command that makes something of a trained model.
std::string command_for(TaskConfig::Name task) {
  switch (task) {
    case TaskConfig::Name::translation: return "lectern translate";
    case TaskConfig::Name::language_model: return "lectern generate";
    default: return "lectern evaluate";
  }
}

}  // namespace

std::int64_t examples_per_batch(const Config& config, std::int64_t tokens_per_example) {
  if (config.train.batch_size > 0) return config.train.batch_size;
  return std::max<std::int64_t>(1, config.train.batch_tokens / tokens_per_example);
}

void describe_task(const Config& config, Checkpoint& checkpoint) {
  checkpoint.metadata["task"] = task_name(config);
  checkpoint.metadata["config"] = to_toml(config);
}

void expect_task(const Config& config, TaskConfig::Name needed, const std::string& run) {
  if (config.task.name == needed) return;
  Config fitting;
  fitting.task.name = needed;
  throw Failure(ExitCode::usage, text(run, ": this run learned the task ", task_name(config),
                                      ", and this command is for ", task_name(fitting), "; try `",
                                      command_for(config.task.name), "`"));
}

}  // namespace lectern
