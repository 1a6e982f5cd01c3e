#include <iomanip>
#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/training/checkpoint.h"
#include "tasks/training/run_folder.h"
#include "tensor/printable.h"

namespace lectern {
namespace {

int run(const Arguments& arguments) {
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
  return {.name = "inspect",
          .summary = "Verify a checkpoint and list what it holds.",
          .example = "lectern inspect runs/m30k",
          .positionals = {{.name = "RUN", .help = "a run folder, or a checkpoint"}},
          .run = run};
}

}  // namespace lectern
