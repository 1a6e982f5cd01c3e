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
  for (const Override& typed : arguments.overrides())
    if (typed.key.starts_with("decode.") && !kind.writes_output)
      throw Failure(ExitCode::usage, typed.origin + ": nothing is decoded to measure " +
                                         kind.table.summary + "; leave it out");
  if (!output.empty()) expect_output(output, files_of(trained_run));
  kind.evaluate({.checkpoint = checkpoint,
                 .config = config,
                 .split = split,
                 .output = output,
                 .strict = arguments.on("strict")});
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
                             .help = "write the translations there, as many lines as were read"},
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
