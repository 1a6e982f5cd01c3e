#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tasks/config/command_line.h"
#include "tasks/config/task_table.h"
#include "tasks/task/evaluation.h"
#include "tasks/task/split.h"
#include "tasks/task/text_translator.h"
#include "tasks/training/trainer.h"

namespace lectern {

/// What a task is begun with.
struct TaskContext {
  const Config& config;
  const Checkpoint* resumed = nullptr;  ///< the run goes on from it; null: a new run
  bool strict = false;                  ///< refuse invalid UTF-8 instead of mending it
  Journal& journal;                     ///< is told what the data are
};

/// What a training without gradient steps is begun with.
struct TrainingContext {
  const Config& config;
  bool strict = false;  ///< refuse invalid UTF-8 instead of mending it
  RunFolder& folder;    ///< gets a checkpoint, to which `last` and `best` lead, when all is done
  Journal& journal;     ///< is told what the data are, and of every round
};

/// What a trained model is to be measured on.
struct EvaluationRequest {
  const Checkpoint& checkpoint;
  const Config& config;
  Split split = Split::test;
  std::string output = {};  ///< file for what the model said; empty: none
  bool strict = false;      ///< refuse what would have to be mended, cut or left out
};

/// What a trained model is to read.
struct ExampleRequest {
  const Checkpoint& checkpoint;
  const Config& config;  ///< the checkpoint's, in which what has no weights may be set otherwise
  std::string text;      ///< empty: the first example of the test data
  bool strict = false;   ///< refuse a text that would have to be mended or cut
};

/// A trained model and one example, to look at what happens inside.
struct TrainedExample {
  std::shared_ptr<Module> model;    ///< ready to be used
  std::function<void()> run;        ///< lets it read the example
  std::string name;                 ///< which example, in a few words
  std::vector<std::string> tokens;  ///< the sequence that looks at itself
};

/// All that the program knows of a task. A new one brings such a record, and is added to the list: by
/// a line in tasks/registry/registry.cpp, or by a program of one's own.
struct TaskKind {
  TaskTable table;                   ///< its name, its keys, what it is measured by
  std::string command = "evaluate";  ///< the command that makes something of a trained model
  /// For the trainer, which makes gradient steps; null where `train` is set.
  std::function<std::unique_ptr<Task>(const TaskContext&)> start = nullptr;
  /// The first figure of an evaluation from the sum of its examples' counts; null: they add up to
  /// nothing, so that models of this task are compared by their figures alone.
  double (*score)(const Config& config, const Counts& sum) = nullptr;
  /// Measures a model on a part of the data.
  std::function<Evaluation(const EvaluationRequest&)> evaluate;
  /// For pictures of attention; null: there are none.
  /// \throws Failure (usage) for a text that is none for this task, or too long for the model
  std::function<TrainedExample(const ExampleRequest&)> example = nullptr;
  /// Learns in a way of its own, within seconds, so that a run is complete or not there at all.
  /// Returns 0, or the signal that ended it before anything was saved. Null: the trainer does it.
  std::function<int(const TrainingContext&)> train = nullptr;
  /// For `lectern translate` and `lectern attention`; null: the task is none of translating.
  std::function<std::unique_ptr<TextTranslator>(const Checkpoint&, const Config&)> translator =
      nullptr;
  bool writes_output = false;  ///< EvaluationRequest::output means something
  bool holds_out = false;  ///< without data.valid, a share of data.train is there to validate on
  std::vector<Command> commands = {};  ///< of its own, beside those for all tasks
};

/// The one list of tasks, in the order in which they were added.
const std::deque<TaskKind>& task_kinds();

/// Adds a task to the one list. Throws where its name is taken.
void add_task(TaskKind kind);

/// The task that a configuration names.
const TaskKind& task_kind(const Config& config);

/// Examples in a batch: train.batch_size, or as many as fit into train.batch_tokens.
std::int64_t examples_per_batch(const Config& config, std::int64_t tokens_per_example);

/// What every checkpoint says of its task.
void describe_task(const Config& config, Checkpoint& checkpoint);

/// The translator of a run. Throws Failure(usage) that says what to use instead where it learned
/// something else.
std::unique_ptr<TextTranslator> load_translator(const Checkpoint& checkpoint, const Config& config);

/// For commands that are about one task: throws Failure(usage) that says what to use instead unless
/// the run learned it.
void expect_task(const Config& config, const std::string& needed, const std::string& run);

}  // namespace lectern
