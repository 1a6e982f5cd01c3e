#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tasks/config/config.h"
#include "tasks/task/split.h"
#include "tasks/training/trainer.h"

namespace lectern {

/// What a training is begun with.
struct TaskStart {
  const Config& config;
  const Checkpoint* resumed = nullptr;  ///< the run goes on from it; null: a new run
  bool strict = false;                  ///< refuse invalid UTF-8 instead of mending it
  Journal& journal;                     ///< is told what the data are
};

/// What a trained model is to be measured on.
struct Evaluation {
  const Checkpoint& checkpoint;
  const Config& config;
  Split split = Split::test;
  std::string output;  ///< file for what the model said; empty: none
};

/// What a trained model is to read.
struct ExampleWanted {
  const Checkpoint& checkpoint;
  const Config& config;  ///< the checkpoint's, in which what has no weights may be set otherwise
  std::string text;      ///< empty: the first example of the test data
};

/// A trained model and one example, to look at what happens inside.
struct TrainedExample {
  std::shared_ptr<Module> model;    ///< ready to be used
  std::function<void()> run;        ///< lets it read the example
  std::string name;                 ///< which example, in a few words
  std::vector<std::string> tokens;  ///< the sequence that looks at itself
};

/// What the commands know of a task. A new one brings such a record and a line in
/// tasks/registry/registry.cpp.
struct TaskKind {
  TaskConfig::Name name;
  std::string summary;  ///< what is learned, one line
  std::function<std::unique_ptr<Task>(const TaskStart&)> start;
  /// Prints to standard output what users of such a model expect.
  std::function<void(const Evaluation&)> evaluate;
  /// \throws Failure (usage) for a text that is none for this task, or too long for the model
  std::function<TrainedExample(const ExampleWanted&)> example;
  bool writes_output = false;  ///< Evaluation::output means something
};

/// Examples in a batch: train.batch_size, or as many as fit into train.batch_tokens.
std::int64_t examples_per_batch(const Config& config, std::int64_t tokens_per_example);

/// What every checkpoint says of its task.
void describe_task(const Config& config, Checkpoint& checkpoint);

/// For commands that are about one task: throws Failure(usage) that says what to use instead unless
/// the run learned it.
void expect_task(const Config& config, TaskConfig::Name needed, const std::string& run);

}  // namespace lectern
