#include "tasks/text/tokenizer.h"

#include <charconv>
#include <iostream>
#include <sstream>

#include "tasks/commands/commands.h"
#include "tasks/failure.h"
#include "tasks/task/stored_tokenizer.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/trained_run.h"
#include "tasks/text/lines.h"
#include "tasks/translation/vocabularies.h"

namespace lectern {
namespace {

std::shared_ptr<Tokenizer> load(const Arguments& arguments) {
  const auto [checkpoint, config] = open_run(arguments.text("RUN"));
  if (const std::string one = "tokenizer"; has_tokenizer(checkpoint, one)) {
    if (arguments.on("target"))
      throw Failure(ExitCode::usage, checkpoint.path +
                                         ": this run has one vocabulary, not one for each of two "
                                         "languages; leave out --target");
    return stored_tokenizer(checkpoint, one, config.data.lowercase);
  }
  expect_task(config, "translation", checkpoint.path);
  const Vocabularies vocabularies = read_vocabularies(checkpoint, config.data.lowercase);
  return arguments.on("target") ? vocabularies.target : vocabularies.source;
}

void encode(const Tokenizer& tokenizer, const std::string& line, const Origin& origin, bool ids) {
  const char* separator = "";
  for (const std::int32_t token : tokenizer.encode(line, origin)) {
    std::cout << separator << (ids ? std::to_string(token) : tokenizer.piece(token));
    separator = " ";
  }
  std::cout << '\n';
}

void decode(const Tokenizer& tokenizer, const std::string& line, const std::string& where) {
  std::vector<std::int32_t> tokens;
  std::istringstream words(line);
  words.exceptions(std::ios::badbit);
  for (std::string word; words >> word;) {
    const char* end = word.data() + word.size();
    std::int32_t& token = tokens.emplace_back(-1);
    if (std::from_chars(word.data(), end, token).ptr != end || token < 0 ||
        token >= tokenizer.size())
      throw Failure(ExitCode::data, text(where, ": \"", word, "\" is not a token number from 0 to ",
                                         tokenizer.size() - 1));
  }
  std::cout << tokenizer.decode(tokens) << '\n';
}

int run(const Arguments& arguments) {
  const std::string& action = arguments.text("ACTION");
  if (action != "encode" && action != "decode")
    throw Failure(ExitCode::usage, "tokenizer " + action + ": choose encode or decode");
  if (action == "decode" && arguments.on("ids"))
    throw Failure(ExitCode::usage, "--ids has no effect: decode prints text; leave it out");
  const std::shared_ptr<Tokenizer> tokenizer = load(arguments);
  LineReader reader(arguments.text("input"), {.strict = arguments.on("strict")});
  for (std::string line; reader.next(line);) {
    if (action == "encode")
      encode(*tokenizer, line, {&reader.report(), reader.lines()}, arguments.on("ids"));
    else
      decode(*tokenizer, line, text(reader.report().name(), ":", reader.lines()));
    if (!reader.ready()) std::cout.flush();
  }
  warn(reader.report());
  return 0;
}

}  // namespace

Command tokenizer_command() {
  return {.name = "tokenizer",
          .summary = "Show how a model's vocabulary splits text, or join tokens again.",
          .example = "echo \"Ein Hund rennt\" | lectern tokenizer encode runs/m30k",
          .positionals = {{.name = "ACTION", .help = "encode or decode"},
                          {.name = "RUN", .help = "a run folder, or a checkpoint"}},
          .flags = {{.name = "input",
                     .aliases = {"i"},
                     .metavar = "FILE",
                     .help = "text, or token numbers; - for standard input",
                     .default_value = "-"},
                    {.name = "ids", .help = "print numbers instead of pieces"},
                    {.name = "target", .help = "use the vocabulary of the target language"},
                    strict_flag()},
          .run = run};
}

}  // namespace lectern
