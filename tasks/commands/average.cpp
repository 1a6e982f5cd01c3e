#include "tasks/training/average.h"

#include <filesystem>
#include <iostream>
#include <set>

#include "tasks/commands/commands.h"
#include "tasks/config/field.h"
#include "tasks/failure.h"
#include "tasks/training/run_folder.h"

namespace lectern {
namespace {

namespace fs = std::filesystem;

/// Whether a key decides what the numbers of a model mean: its shape, its words, or the numbers that
/// the training began with.
bool goes_into_the_weights(const Field& field) {
  static const std::set<std::string> tables = {"task", "tokenizer", "model", "attention"};
  return tables.contains(field.table) || field.key() == "train.seed";
}

/// The mean of weights that were learned under different settings is no model of either.
void expect_same_settings(const Checkpoint& first, const Checkpoint& other) {
  const Config a = parse_config(first.text_of("config"), first.path);
  const Config b = parse_config(other.text_of("config"), other.path);
  for (const Field& field : config_fields())
    if (goes_into_the_weights(field) && field.get(a) != field.get(b))
      throw Failure(ExitCode::checkpoint,
                    text(other.path, ": ", field.key(), " = ", to_toml(field.get(b)), ", but ",
                         to_toml(field.get(a)), " in ", first.path,
                         "; only checkpoints of one model can be averaged"));
}

/// Refuses to overwrite what is being averaged, by its own name or through a link such as `best`.
void expect_harmless(const std::string& output, const std::vector<std::string>& inputs) {
  std::error_code absent;
  const fs::path target = fs::canonical(output, absent);
  if (absent || !fs::is_regular_file(target)) return;
  bool harmful = fs::is_symlink(fs::symlink_status(output));
  for (const std::string& input : inputs) harmful = harmful || fs::equivalent(input, output);
  if (harmful)
    throw Failure(ExitCode::usage, text(output, ": this would overwrite the checkpoint ",
                                        target.string(), "; choose another -o"));
}

int run(const Arguments& arguments) {
  const std::string output = arguments.text("output");
  std::vector<std::string> paths;
  for (const std::string& path : arguments.all("CHECKPOINT"))
    paths.push_back(resolve_checkpoint(path));
  if (paths.empty())
    throw Failure(ExitCode::usage, "average: CHECKPOINT is missing; name files, or run folders");
  expect_harmless(output, paths);
  save_checkpoint(output, average_checkpoints(paths, expect_same_settings));
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
