#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/training/output_file.h"
#include "tasks/weights/weights.h"
#include "tensor/printable.h"

namespace lectern {
namespace {

int run(const Arguments& arguments) {
  const std::string &folder = arguments.text("FOLDER"), &output = arguments.text("output");
  expect_output(output, {folder + "/model.safetensors", folder + "/config.json"});
  const ImportedWeights imported = import_weights(folder);
  save_checkpoint(output, imported.checkpoint);
  for (const std::string& note : imported.notes) std::cerr << printable(note) << '\n';
  std::cerr << "wrote " << output << ", " << imported.checkpoint.tensors.size() << " tensors of a "
            << imported.checkpoint.text_of("imported") << '\n';
  return 0;
}

}  // namespace

Command import_command() {
  return {.name = "import",
          .summary = "Read a DistilBERT, BERT or GPT-2 of Hugging Face into a checkpoint.",
          .example = "lectern import distilbert-base-uncased -o distilbert.safetensors",
          .positionals = {{.name = "FOLDER", .help = "with config.json and model.safetensors"}},
          .flags = {{.name = "output",
                     .aliases = {"o", "out"},
                     .metavar = "FILE",
                     .help = "the checkpoint to write",
                     .default_value = "imported.safetensors"}},
          .run = run};
}

}  // namespace lectern
