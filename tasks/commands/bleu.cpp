#include "tasks/metrics/bleu.h"

#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/failure.h"
#include "tasks/metrics/bootstrap.h"
#include "tasks/metrics/chrf.h"
#include "tasks/text/side_by_side.h"

namespace lectern {
namespace {

void compare(const CountedText& baseline, const CountedText& system, const char* name) {
  const Comparison comparison = compare_systems(baseline, system);
  std::cout << name << ": difference " << comparison.difference << ", p = " << comparison.p_value
            << " (paired bootstrap, " << comparison.system.resamples << " resamples)\n";
}

/// The texts and what is counted in them. They are read some hundred lines at a time, and only where
/// sentences are drawn again every sentence's counts are kept: else their sum.
struct Scored {
  CountedText bleu = {}, chrf = {};
  bool keep_sentences = false;

  void add(CountedText& text, const CountedText& block) const {
    text.score = block.score;
    text.sentences.insert(text.sentences.end(), block.sentences.begin(), block.sentences.end());
    if (!keep_sentences) text.sentences = {total(text)};
  }
  void add(const Lines& hypotheses, const References& references, const BleuOptions& options) {
    add(bleu, count_bleu(hypotheses, references, options));
    add(chrf, count_chrf(hypotheses, references));
  }
};

/// Takes a block of lines from texts: `[text, line]`; false after the last.
bool read_block(SideBySide& texts, std::vector<Lines>& block) {
  constexpr std::size_t lines_at_once = 500;
  block.assign(texts.texts().size(), {});
  for (Lines line; block[0].size() < lines_at_once && texts.next(line);)
    for (std::size_t i = 0; i < block.size(); ++i) block[i].push_back(std::move(line[i]));
  return !block[0].empty();
}

int run(const Arguments& arguments) {
  const bool compared = arguments.given("baseline"), resampled = arguments.on("confidence");
  std::vector<std::string> paths = arguments.all("REFERENCE");
  const std::size_t references = paths.size();
  paths.insert(paths.begin(), arguments.text("input"));
  if (compared) paths.insert(paths.begin(), arguments.text("baseline"));

  const BleuOptions options{
      .tokenizer = arguments.on("tokenized") ? BleuTokenizer::none : BleuTokenizer::mteval_13a,
      .lowercase = arguments.on("lowercase")};
  Scored system{.keep_sentences = compared || resampled}, baseline = system;
  SideBySide texts(paths, {.strict = arguments.on("strict"), .verbatim = true});
  for (std::vector<Lines> block; read_block(texts, block);) {
    const References translations(block.end() - static_cast<std::ptrdiff_t>(references),
                                  block.end());
    system.add(block[compared ? 1 : 0], translations, options);
    if (compared) baseline.add(block[0], translations, options);
  }
  if (texts.lines() == 0)
    throw Failure(ExitCode::data, "there is nothing to score: the texts have 0 lines");
  for (LineReader& text : texts.texts()) warn(text.report());

  ScoreFormat format{.width = static_cast<int>(arguments.integer("width", 0, 12))};
  ScoreFormat character_format = format;
  if (resampled) {
    format.interval = bootstrap_interval(system.bleu);
    character_format.interval = bootstrap_interval(system.chrf);
  }
  const ChrfScore characters{.score = system.chrf.score(total(system.chrf)),
                             .references = references};
  std::cout << bleu_text(bleu(total(system.bleu), options, references), options, format) << '\n'
            << chrf_text(characters, {}, character_format) << '\n';
  if (compared) {
    compare(baseline.bleu, system.bleu, "BLEU");
    compare(baseline.chrf, system.chrf, "chrF2");
  }
  return 0;
}

}  // namespace

Command bleu_command() {
  return {.name = "bleu",
          .summary = "Score translations against references: BLEU and chrF, as sacreBLEU does.",
          .example = "lectern bleu reference.en -i translated.en",
          .positionals = {{.name = "REFERENCE",
                           .help = "one or more texts, line by line",
                           .count = Positional::Count::some}},
          .flags = {{.name = "input",
                     .aliases = {"i"},
                     .metavar = "FILE",
                     .help = "the translations; - for standard input",
                     .default_value = "-"},
                    {.name = "lowercase",
                     .aliases = {"lc"},
                     .help = "ignore case in BLEU; chrF keeps it, as sacreBLEU does"},
                    {.name = "tokenized", .help = "split at spaces only, instead of by 13a"},
                    {.name = "confidence", .help = "add the 95 % bootstrap interval"},
                    {.name = "baseline",
                     .metavar = "FILE",
                     .help = "another system's translations, to compare with"},
                    {.name = "width",
                     .aliases = {"w"},
                     .metavar = "N",
                     .help = "digits after the point",
                     .default_value = "1"},
                    strict_flag()},
          .run = run};
}

}  // namespace lectern
