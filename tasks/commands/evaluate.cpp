#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/commands/device.h"
#include "tasks/commands/model_command.h"
#include "tasks/commands/train.h"
#include "tasks/failure.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/trained_run.h"
#include "tasks/training/output_file.h"

namespace lectern {
namespace {

/// The keys of parts of the data that do not decide what this split consists of.
std::vector<std::string> parts_not_read(const TaskKind& kind, const Config& config, Split split) {
  std::vector<std::string> keys;
  for (const Split part : {Split::train, Split::valid, Split::test}) {
    // Where the end of the training text is held out, each of these two says what the other is.
    const bool shared = kind.holds_out && split != Split::test && part != Split::test &&
                        (split == Split::train || config.data.valid.empty());
    if (part != split && !shared)
      keys.insert(keys.end(), {"data." + name_of(part), "task." + name_of(part) + "_size"});
  }
  return keys;
}

int run(const Arguments& arguments) {
  use_device(arguments);
  const Split split = split_named(arguments.text("split"));
  const TrainedRun trained_run = open_run(arguments.text("RUN"), arguments.overrides());
  const auto& [checkpoint, config] = trained_run;
  set_up_machine(config);
  const TaskKind& kind = task_kind(config);
  const std::string output = arguments.given("output") ? arguments.text("output") : "";
  if (!output.empty() && !kind.writes_output)
    throw Failure(ExitCode::usage, "--output writes translations, but this run learned " +
                                       kind.table.summary + "; leave it out");
  const std::vector<Override>& typed = arguments.overrides();
  if (!kind.writes_output)
    expect_none_of({"decode"}, typed, "nothing is decoded to measure " + kind.table.summary);
  if (config.decode.temperature == 0.0)
    expect_none_of({"decode.n_best"}, typed, "only the best translation is scored");
  expect_none_of(parts_not_read(kind, config, split), typed,
                 "--split " + name_of(split) + " does not read it");
  if (!output.empty()) expect_output(output, files_of(trained_run));
  std::cout << kind.evaluate({.checkpoint = checkpoint,
                              .config = config,
                              .split = split,
                              .output = output,
                              .strict = arguments.on("strict")})
                   .text;
  return 0;
}

}  // namespace

Command evaluate_command() {
  Command command{.name = "evaluate",
                  .aliases = {"test"},
                  .summary = "Score a model on its test set: BLEU, accuracy, bits per byte …",
                  .example = "lectern evaluate runs/m30k --split test",
                  .positionals = {{.name = "RUN", .help = "a run folder, or a checkpoint"}},
                  .flags = {{.name = "split",
                             .metavar = "train|valid|test",
                             .help = "which part of the data",
                             .default_value = "test"},
                            {.name = "output",
                             .aliases = {"o", "out"},
                             .metavar = "FILE",
                             .help = "write what the model says there; .html: a page of answers"},
                            strict_flag()},
                  .run = run};
  std::vector<std::string> also = inference_settings();
  also.push_back("task");
  return model_command(std::move(command), config_flags({"data.train", "data.valid", "data.test",
                                                         "data.src", "data.tgt", "data.lowercase",
                                                         "decode", "train.threads", "train.device"},
                                                        also));
}

}  // namespace lectern
