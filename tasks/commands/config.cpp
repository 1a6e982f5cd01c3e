#include "tasks/config/config.h"

#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/config/without_effect.h"

namespace lectern {

Command config_command() {
  Command command{
      .name = "config",
      .summary = "Print what a configuration resolves to, every key with what it does.",
      .example = "lectern config tasks/translation/multi30k.toml --set model.d_model=512",
      .positionals = {{.name = "CONFIG",
                       .help = "a TOML file; without one, the defaults",
                       .count = Positional::Count::optional}},
      .run = [](const Arguments& arguments) {
        const Config config = arguments.given("CONFIG")
                                  ? read_config(arguments.text("CONFIG"), arguments.overrides())
                                  : parse_config("", "defaults", arguments.overrides());
        std::cout << to_toml(config);
        for (const std::string& said : settings_without_effect(config))
          std::cerr << "warning: " << said << '\n';
        return 0;
      }};
  for (Flag& flag : config_flags(
           {"data", "tokenizer", "model", "attention", "train", "decode", "log"}, {"task"}))
    command.flags.push_back(std::move(flag));
  return command;
}

}  // namespace lectern
