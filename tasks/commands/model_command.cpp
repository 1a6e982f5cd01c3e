#include "tasks/commands/model_command.h"

#include <optional>
#include <utility>

#include "autograd/by_definition.h"
#include "tasks/task/trained_run.h"

namespace lectern {

Command model_command(Command command, std::vector<Flag> settings) {
  command.flags.push_back({.name = "by-definition",
                           .help = "run no fused kernels but what they mean, one operation after "
                                   "another: slow, to be read and stepped through"});
  for (Flag& flag : settings) command.flags.push_back(std::move(flag));
  command.run = [run = std::move(command.run)](const Arguments& arguments) {
    std::optional<ByDefinition> scope;
    if (arguments.on("by-definition")) scope.emplace();
    return run(arguments);
  };
  return command;
}

std::vector<Flag> writing_settings() {
  return config_flags({"decode.max_length", "decode.temperature", "decode.top_k", "decode.top_p",
                       "decode.seed", "train.threads", "train.device"},
                      inference_settings());
}

}  // namespace lectern
