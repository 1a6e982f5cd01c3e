#include "tasks/task/task_kind.h"

#include <algorithm>

#include "tasks/failure.h"

namespace lectern {
namespace {

std::deque<TaskKind>& kinds() {
  static std::deque<TaskKind> only;
  return only;
}

}  // namespace

const std::deque<TaskKind>& task_kinds() { return kinds(); }

void add_task(TaskKind kind) {
  add_task_table(kind.table);
  kinds().push_back(std::move(kind));
}

const TaskKind& task_kind(const Config& config) {
  const auto named = [&](const TaskKind& kind) { return kind.table.name == config.task.name; };
  const auto found = std::ranges::find_if(task_kinds(), named);
  check(found != task_kinds().end(),
        [&] { return text("the task ", config.task.name, " was never added; see add_task"); });
  return *found;
}

std::int64_t examples_per_batch(const Config& config, std::int64_t tokens_per_example) {
  if (config.train.batch_size > 0) return config.train.batch_size;
  return std::max<std::int64_t>(1, config.train.batch_tokens / tokens_per_example);
}

void describe_task(const Config& config, Checkpoint& checkpoint) {
  checkpoint.metadata["task"] = config.task.name;
  checkpoint.metadata["config"] = to_toml(config);
}

void expect_task(const Config& config, const std::string& needed, const std::string& run) {
  if (config.task.name == needed) return;
  throw Failure(ExitCode::usage, text(run, ": this run learned the task ", config.task.name,
                                      ", and this command is for ", needed, "; try `lectern ",
                                      task_kind(config).command, "`"));
}

}  // namespace lectern
