#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/grammar/correction_page.h"
#include "tasks/grammar/made_pair.h"
#include "tasks/grammar/sentences.h"
#include "tasks/task/task_kind.h"
#include "tasks/text/lines.h"

namespace lectern {
namespace {

/// Adds up, kind by kind.
void add(ErrorCounts& sum, const ErrorCounts& more) {
  for (std::size_t kind = 0; kind < sum.size(); ++kind) sum[kind] += more[kind];
}

int run_corrupt(const Arguments& arguments) {
  const Config config = read_config(arguments.text("CONFIG"), arguments.overrides());
  expect_task(config, "grammar_correction", arguments.text("CONFIG"));
  GrammarReading reading = training_reading(config);
  reading.form = TextForm::clean;
  const auto epoch = static_cast<std::uint32_t>(arguments.integer("epoch"));
  LineReader reader("-", {.strict = arguments.on("strict")});
  ErrorCounts errors = {};
  for (std::string line; reader.next(line);) {
    const Origin origin{&reader.report(), reader.lines()};
    const CorruptionKey key{.seed = reading.seed,
                            .epoch = epoch,
                            .line = static_cast<std::uint32_t>(reader.lines() - 1)};
    const MadePair made = pair_of_line(line, "standard input", key, reading, origin);
    std::cout << made.pair.source << '\t' << made.pair.target << '\n';
    add(errors, made.errors);
  }
  std::cerr << reader.lines() << " sentences; errors: " << counts_text(errors) << '\n';
  warn(reader.report());
  return 0;
}

int run_sentences(const Arguments& arguments) {
  LineReader reader("-", {.strict = arguments.on("strict")});
  std::string paragraph;
  std::int64_t written = 0;
  const auto write = [&] {
    for (const std::string& sentence : sentences_of(paragraph)) {
      std::cout << sentence << '\n';
      ++written;
    }
    paragraph.clear();
  };
  const bool wrapped = arguments.on("wrapped");
  for (std::string line; reader.next(line);) {
    if (!wrapped || line.find_first_not_of(" \t\r") == line.npos) write();
    paragraph += line + ' ';
    if (!wrapped) write();
  }
  write();
  std::cerr << reader.lines() << " lines in, " << written << " sentences out\n";
  warn(reader.report());
  return 0;
}

}  // namespace

Command corrupt_command() {
  return {.name = "corrupt",
          .summary = "Make mistakes in lines of English: wrong TAB right.",
          .example = "lectern corrupt tasks/grammar/tiny.toml < clean.txt > pairs.tsv",
          .positionals = {{.name = "CONFIG", .help = "its table [task] says how often"}},
          .flags =
              [] {
                std::vector<Flag> flags = config_flags({"train.seed"}, {"task"});
                flags.push_back({.name = "epoch",
                                 .metavar = "N",
                                 .help = "the mistakes of this epoch of a training",
                                 .default_value = "0"});
                flags.push_back(strict_flag());
                return flags;
              }(),
          .run = run_corrupt};
}

Command sentences_command() {
  return {
      .name = "sentences",
      .summary = "Cut paragraphs of English into sentences, one a line.",
      .example = "zcat train.txt.gz | lectern sentences > clean.txt",
      .flags = {{.name = "wrapped", .help = "paragraphs end at a blank line, not at every line"},
                strict_flag()},
      .run = run_sentences};
}

}  // namespace lectern
