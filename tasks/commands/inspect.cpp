#include <iomanip>
#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/commands/inspect_step.h"
#include "tasks/commands/model_command.h"
#include "tasks/failure.h"
#include "tasks/task/trained_run.h"
#include "tasks/training/checkpoint.h"
#include "tasks/training/run_folder.h"
#include "tensor/printable.h"

namespace lectern {
namespace {

/// What only the profile of a step obeys.
void expect_nothing_of_a_step(const Arguments& arguments) {
  for (const char* flag : {"output", "by-definition", "product"})
    if (arguments.given(flag))
      throw Failure(ExitCode::usage,
                    text("--", flag, " is for --step; add it, or leave out --", flag));
  expect_none_of({"data", "train", "attention", "model"}, arguments.overrides(),
                 "without --step nothing is computed");
}

int run(const Arguments& arguments) {
  if (arguments.on("step")) return show_step(arguments);
  expect_nothing_of_a_step(arguments);
  const Checkpoint checkpoint = load_checkpoint(resolve_checkpoint(arguments.text("RUN")));
  std::cout << printable(checkpoint.path)
            << (checkpoint.has_checksums
                    ? ": every checksum matches\n\n"
                    : ": no checksums in this file; its header and its length fit together\n\n");
  std::int64_t numbers = 0, bytes = 0;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    bytes += tensor.size() * size_of(tensor.dtype());
    if (name.starts_with("optimizer.")) continue;
    numbers += tensor.size();
    std::cout << std::left << std::setw(56) << printable(name) << " " << tensor.dtype() << " "
              << tensor.shape() << '\n';
  }
  std::cout << '\n' << numbers << " parameters, " << (bytes >> 20) << " MiB with the optimiser\n";
  for (const auto& [name, blob] : checkpoint.blobs)
    std::cout << printable(name) << ": " << blob.size() << " bytes\n";
  for (const auto& [key, value] : checkpoint.metadata)
    if (key != "config") std::cout << printable(key) << " = " << printable(value) << '\n';
  if (const auto config = checkpoint.metadata.find("config"); config != checkpoint.metadata.end())
    std::cout << '\n' << printable(config->second, "\n\t");
  return 0;
}

}  // namespace

Command inspect_command() {
  Command command{
      .name = "inspect",
      .summary = "Verify a checkpoint and list what it holds, or profile a training step.",
      .example = "lectern inspect runs/m30k --step -o step.html",
      .positionals = {{.name = "RUN", .help = "a run folder, or a checkpoint"}},
      .flags = {{.name = "step",
                 .aliases = {"profile", "trace"},
                 .help =
                     "profile a training step on the run's own data: a page with the time of every "
                     "operation and a memory timeline up to the peak"},
                {.name = "output",
                 .aliases = {"o", "out"},
                 .metavar = "FILE",
                 .help = "the page to write, with --step",
                 .default_value = "step.html"}},
      .run = run};
  return model_command(std::move(command), config_flags({"data", "train.threads", "train.device"},
                                                        inference_settings()));
}

}  // namespace lectern
