#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/training/run_folder.h"
#include "tasks/weights/weights.h"

namespace lectern {
namespace {

int run(const Arguments& arguments) {
  const Checkpoint checkpoint = load_checkpoint(resolve_checkpoint(arguments.text("RUN")));
  const auto paths = export_weights(checkpoint, arguments.text("to"), arguments.text("output"));
  for (const std::string& path : paths) std::cerr << "wrote " << path << '\n';
  if (!checkpoint.blobs.empty() && paths.size() == 2)
    std::cerr << "not written: the vocabulary, which theirs cannot read\n";
  return 0;
}

}  // namespace

Command export_command() {
  return {.name = "export",
          .summary = "Write the weights of a run for Hugging Face's transformers.",
          .example = "lectern export distilbert.safetensors -o exported",
          .positionals = {{.name = "RUN", .help = "a run folder, or a checkpoint"}},
          .flags = {{.name = "to",
                     .metavar = "FAMILY",
                     .help = "whose names: distilbert, bert, gpt2 (default: what was imported)"},
                    {.name = "output",
                     .aliases = {"o", "out"},
                     .metavar = "FOLDER",
                     .help = "the folder to write config.json and model.safetensors to",
                     .default_value = "exported"}},
          .run = run};
}

}  // namespace lectern
