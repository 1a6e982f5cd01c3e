#include "tasks/training/average.h"

#include <iostream>
#include <set>

#include "tasks/commands/commands.h"
#include "tasks/config/field.h"
#include "tasks/failure.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/trained_run.h"
#include "tasks/training/output_file.h"
#include "tasks/training/run_folder.h"

namespace lectern {
namespace {

/// Whether a key decides what the numbers of a model mean: its shape, its words, or the numbers that
/// the training began with.
bool goes_into_the_weights(const Field& field) {
  static const std::set<std::string> tables = {"task", "tokenizer", "model", "attention"};
  return tables.contains(field.table) || field.key() == "train.seed";
}

/// The mean of weights that were learned under different settings is no model of either.
void expect_same_settings(const Checkpoint& first, const Checkpoint& other) {
  const Config a = trained_config(first), b = trained_config(other);
  if (task_kind(a).train)
    throw Failure(ExitCode::usage, text(first.path, ": a run of the task ", a.task.name,
                                        " is made of counts, whose mean would be no model"));
  for (const Field& field : config_fields())
    if (goes_into_the_weights(field) && field.get(a) != field.get(b))
      throw Failure(ExitCode::checkpoint,
                    text(other.path, ": ", field.key(), " = ", to_toml(field.get(b)), ", but ",
                         to_toml(field.get(a)), " in ", first.path,
                         "; only checkpoints of one model can be averaged"));
}

int run(const Arguments& arguments) {
  const std::string output = arguments.text("output");
  std::vector<std::string> paths;
  for (const std::string& path : arguments.all("CHECKPOINT"))
    paths.push_back(resolve_checkpoint(path));
  if (paths.empty())
    throw Failure(ExitCode::usage, "average: CHECKPOINT is missing; name files, or run folders");
  expect_output(output, paths);
  save_checkpoint(output,
                  average_checkpoints(paths, [&](const Checkpoint& first, const Checkpoint& each) {
                    expect_output(output, files_of({each, trained_config(each)}));
                    expect_same_settings(first, each);
                  }));
  std::cerr << "wrote " << output << ", the mean of " << paths.size()
            << (paths.size() == 1 ? " checkpoint\n" : " checkpoints\n");
  return 0;
}

}  // namespace

Command average_command() {
  return {.name = "average",
          .summary = "Write the mean of the weights of several checkpoints of one model.",
          .example =
              "lectern average -o average.safetensors "
              "runs/m30k/checkpoints/step-00{2000,2250}.safetensors",
          .positionals = {{.name = "CHECKPOINT",
                           .help = "files, or run folders",
                           .count = Positional::Count::some}},
          .flags = {{.name = "output",
                     .aliases = {"o", "out"},
                     .metavar = "FILE",
                     .help = "the checkpoint to write",
                     .default_value = "average.safetensors"}},
          .run = run};
}

}  // namespace lectern
