#include <unistd.h>

#include <iomanip>
#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/commands/device.h"
#include "tasks/commands/model_command.h"
#include "tasks/commands/train.h"
#include "tasks/failure.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/trained_run.h"
#include "tasks/text/lines.h"

namespace lectern {
namespace {

void print(const std::vector<Translation>& best, const DecodeConfig& decode, std::int64_t line) {
  if (decode.n_best == 1) {
    std::cout << best[0].text << '\n';
    return;
  }
  // Marian's form: line ||| translation ||| score
  for (const Translation& translation : best)
    std::cout << line << " ||| " << translation.text << " ||| " << std::fixed
              << std::setprecision(4) << translation.score << '\n';
}

/// Translates what comes in, some hundred lines together, and writes as many lines. What has arrived
/// is answered as soon as more would have to be waited for.
void filter(const TextTranslator& translator, const DecodeConfig& decode, LineReader& reader) {
  constexpr std::size_t lines_at_once = 1000;
  std::vector<std::string> lines;
  for (bool more = true; more;) {
    std::string line;
    more = reader.next(line);
    if (more) lines.push_back(std::move(line));
    if (more && lines.size() < lines_at_once && reader.ready()) continue;
    std::int64_t number = reader.lines() - static_cast<std::int64_t>(lines.size());
    for (const auto& best : translator.translate(lines, {&reader.report(), number + 1}))
      print(best, decode, number++);
    std::cout.flush();
    lines.clear();
  }
}

/// One sentence at a time, with a prompt.
void converse(const TextTranslator& translator, const DecodeConfig& decode, LineReader& reader) {
  std::cerr << "Type a sentence, or end with Ctrl-D.\n> " << std::flush;
  for (std::string line; reader.next(line); std::cerr << "> " << std::flush) {
    const Origin origin{&reader.report(), reader.lines()};
    print(translator.translate({line}, origin)[0], decode, reader.lines() - 1);
    std::cout.flush();
  }
  std::cerr << '\n';
}

int run(const Arguments& arguments) {
  use_device(arguments);
  const auto [checkpoint, config] = open_run(arguments.text("RUN"), arguments.overrides());
  set_up_machine(config);
  const std::unique_ptr<TextTranslator> translator = load_translator(checkpoint, config);
  LineReader reader(arguments.text("input"), {.strict = arguments.on("strict")});
  const bool terminal = arguments.text("input") == "-" && ::isatty(STDIN_FILENO);
  if (terminal)
    converse(*translator, config.decode, reader);
  else
    filter(*translator, config.decode, reader);
  warn(reader.report());
  return 0;
}

}  // namespace

Command translate_command() {
  Command command{.name = "translate",
                  .summary = "Translate lines of text: N lines in, N lines out.",
                  .example = "lectern translate runs/m30k < german.txt > english.txt",
                  .positionals = {{.name = "RUN", .help = "a run folder, or a checkpoint"}},
                  .flags = {{.name = "input",
                             .aliases = {"i", "src"},
                             .metavar = "FILE",
                             .help = "text to translate, plain or .gz; - for standard input",
                             .default_value = "-"},
                            strict_flag()},
                  .run = run};
  std::vector<std::string> also = inference_settings();
  also.push_back("task");  // weights of a search, of those who have any
  return model_command(std::move(command),
                       config_flags({"decode", "train.threads", "train.device"}, also));
}

}  // namespace lectern
