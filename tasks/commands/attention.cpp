#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/commands/train.h"
#include "tasks/training/safe_file.h"
#include "tasks/translation/attention_maps.h"

namespace lectern {
namespace {

int run(const Arguments& arguments) {
  TrainedModel trained = load_model(arguments.text("RUN"));
  const Config config =
      parse_config(to_toml(trained.config), trained.checkpoint_path, arguments.overrides());
  set_up_machine(config);
  const Translator translator(*trained.model, trained.vocabularies, config.decode,
                              config.data.lowercase);
  const WatchedTranslation watched =
      watch_translation(translator, *trained.model, arguments.text("SENTENCE"));
  const std::string page = attention_page({.source = watched.source,
                                           .translation = watched.translation,
                                           .maps = watched.maps,
                                           .command = typed_command(),
                                           .version = lectern_version});
  const std::string& path = arguments.text("output");
  replace_file(path, [&](int descriptor) {
    write_all(descriptor, page.data(), page.size(), path);
  });
  std::cout << watched.translation << '\n';
  std::cerr << "wrote " << path << ": open it in a browser\n";
  return 0;
}

}  // namespace

Command attention_command() {
  Command command{
      .name = "attention",
      .summary = "Translate a sentence and show which word looked at which.",
      .example = "lectern attention runs/m30k \"Ein Hund rennt\" -o page.html",
      .positionals = {{.name = "RUN", .help = "a run folder, or a checkpoint"},
                      {.name = "SENTENCE", .help = "what to translate"}},
      .flags = {{.name = "output",
                 .aliases = {"o", "out"},
                 .metavar = "FILE",
                 .help = "the page to write",
                 .default_value = "attention.html"}},
      .run = run};
  for (Flag& flag : config_flags({"decode", "train.threads"}))
    command.flags.push_back(std::move(flag));
  return command;
}

}  // namespace lectern
