#include "tasks/commands/model_command.h"

#include <optional>
#include <utility>

#include "autograd/by_definition.h"
#include "tasks/failure.h"
#include "tasks/task/trained_run.h"
#include "tensor/check.h"
#include "tensor/matmul_engine.h"

namespace lectern {

Flag product_flag() {
  return {.name = "product",
          .metavar = "tiles|eigen",
          .help = "who multiplies matrices on a CPU: our own kernel, or Eigen",
          .default_value = std::string(name_of(matmul_engine()))};
}

void choose_product(const Arguments& arguments) {
  const std::string& name = arguments.text("product");
  for (const MatmulEngine engine : {MatmulEngine::tiles, MatmulEngine::eigen})
    if (name == name_of(engine)) return set_matmul_engine(engine);
  throw Failure(ExitCode::usage, text("--product ", name, ": expected tiles or eigen"));
}

Command model_command(Command command, std::vector<Flag> settings) {
  command.flags.push_back({.name = "by-definition",
                           .help = "run no fused kernels but what they mean, one operation after "
                                   "another: slow, to be read and stepped through"});
  command.flags.push_back(product_flag());
  for (Flag& flag : settings) command.flags.push_back(std::move(flag));
  command.run = [run = std::move(command.run)](const Arguments& arguments) {
    std::optional<ByDefinition> scope;
    if (arguments.on("by-definition")) scope.emplace();
    choose_product(arguments);
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
