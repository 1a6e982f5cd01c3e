#include "tasks/metrics/bleu.h"

#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/metrics/bootstrap.h"
#include "tasks/metrics/chrf.h"
#include "tasks/text/lines.h"

namespace lectern {
namespace {

void compare(const CountedText& baseline, const CountedText& system, const char* name) {
  const Comparison comparison = compare_systems(baseline, system);
  std::cout << name << ": difference " << comparison.difference << ", p = " << comparison.p_value
            << " (paired bootstrap, " << comparison.system.resamples << " resamples)\n";
}

int run(const Arguments& arguments) {
  const Lines hypotheses = read_lines(arguments.text("input"));
  References references;
  for (const std::string& path : arguments.all("REFERENCE")) references.push_back(read_lines(path));

  const bool lowercase = arguments.on("lowercase");
  const BleuOptions options{
      .tokenizer = arguments.on("tokenized") ? BleuTokenizer::none : BleuTokenizer::mteval_13a,
      .lowercase = lowercase};
  const ChrfOptions characters{.lowercase = lowercase};
  ScoreFormat format{.width = static_cast<int>(arguments.integer("width", 0, 12))};
  ScoreFormat character_format = format;
  if (arguments.on("confidence")) {
    format.interval = bootstrap_interval(count_bleu(hypotheses, references, options));
    character_format.interval = bootstrap_interval(count_chrf(hypotheses, references, characters));
  }
  std::cout << bleu_text(bleu(hypotheses, references, options), options, format) << '\n'
            << chrf_text(chrf(hypotheses, references, characters), characters, character_format)
            << '\n';
  if (arguments.given("baseline")) {
    const Lines baseline = read_lines(arguments.text("baseline"));
    compare(count_bleu(baseline, references, options), count_bleu(hypotheses, references, options),
            "BLEU");
    compare(count_chrf(baseline, references, characters),
            count_chrf(hypotheses, references, characters), "chrF2");
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
                    {.name = "lowercase", .aliases = {"lc"}, .help = "ignore case"},
                    {.name = "tokenized", .help = "split at spaces only, instead of by 13a"},
                    {.name = "confidence", .help = "add the 95 % bootstrap interval"},
                    {.name = "baseline",
                     .metavar = "FILE",
                     .help = "another system's translations, to compare with"},
                    {.name = "width",
                     .aliases = {"w"},
                     .metavar = "N",
                     .help = "digits after the point",
                     .default_value = "1"}},
          .run = run};
}

}  // namespace lectern
