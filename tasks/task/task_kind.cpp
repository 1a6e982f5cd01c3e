#include "tasks/task/task_kind.h"

#include <algorithm>

#include "tasks/failure.h"

namespace lectern {
namespace {

std::deque<TaskKind>& kinds() {
  static std::deque<TaskKind> only;
  return only;
}

[[noreturn]] void refuse_task(const Config& config, const std::string& needed,
                              const std::string& run) {
  throw Failure(ExitCode::usage, text(run, ": this run learned the task ", config.task.name,
                                      ", and this command is for ", needed, "; try `lectern ",
                                      task_kind(config).command, "`"));
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
  Config kept = config;  // but how ranks shared the work: nothing in a checkpoint depends on that
  kept.train.zero_stage = TrainConfig{}.zero_stage;
  kept.train.overlap_grad_reduce = TrainConfig{}.overlap_grad_reduce;
  checkpoint.metadata["config"] = to_toml(kept);
}

std::unique_ptr<TextTranslator> load_translator(const Checkpoint& checkpoint,
                                                const Config& config) {
  const TaskKind& kind = task_kind(config);
  if (!kind.translator) refuse_task(config, "translation", checkpoint.path);
  return kind.translator(checkpoint, config);
}

void refuse_text_without_words() {
  throw Failure(ExitCode::usage, "the text has no word in it; give a sentence after the run");
}

void expect_task(const Config& config, const std::string& needed, const std::string& run) {
  if (config.task.name != needed) refuse_task(config, needed, run);
}

}  // namespace lectern
