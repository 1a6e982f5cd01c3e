#include "tasks/training/average.h"

#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/training/run_folder.h"

namespace lectern {

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
          .run = [](const Arguments& arguments) {
            std::vector<std::string> paths;
            for (const std::string& path : arguments.all("CHECKPOINT"))
              paths.push_back(resolve_checkpoint(path));
            save_checkpoint(arguments.text("output"), average_checkpoints(paths));
            std::cerr << "wrote " << arguments.text("output") << ", the mean of " << paths.size()
                      << " checkpoints\n";
            return 0;
          }};
}

}  // namespace lectern
