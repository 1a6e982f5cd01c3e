#include "tasks/translation/scores.h"

#include "tasks/failure.h"
#include "tasks/metrics/bleu.h"
#include "tasks/metrics/bootstrap.h"
#include "tasks/metrics/chrf.h"
#include "tasks/training/output_file.h"
#include "tasks/translation/data.h"

namespace lectern {
namespace {

/// BLEU, cased and lower-cased, and chrF, each with its signature and its interval.
Evaluation score(const Lines& hypotheses, const Lines& references) {
  Evaluation result;
  for (const bool lowercase : {false, true}) {
    const BleuOptions options{.lowercase = lowercase};
    CountedText counted = count_bleu(hypotheses, {references}, options);
    const BleuScore score = bleu(total(counted), options, 1);
    const ScoreFormat format{.interval = bootstrap_interval(counted)};
    result.text += bleu_text(score, options, format) + '\n';
    result.figures.push_back(
        {.name = lowercase ? "BLEU, lower-cased" : "BLEU", .value = score.score});
    if (!lowercase) result.examples = std::move(counted.sentences);
  }
  const ChrfScore chrf_score = chrf(hypotheses, {references});
  const ScoreFormat format{.interval = bootstrap_interval(count_chrf(hypotheses, {references}))};
  result.text += chrf_text(chrf_score, {}, format) + '\n';
  result.figures.push_back({.name = "chrF", .value = chrf_score.score});
  return result;
}

std::string with_line_ends(const Lines& lines) {
  std::string result;
  for (const std::string& line : lines) result += line + '\n';
  return result;
}

}  // namespace

double bleu_score(const Config&, const Counts& sum) { return bleu(sum, {}, 1).score; }

std::string prefix_of(const Config& config, Split split) {
  const std::string prefix = split == Split::test    ? config.data.test
                             : split == Split::valid ? config.data.valid
                                                     : config.data.train;
  if (prefix.empty())
    throw Failure(ExitCode::usage, text("data.", name_of(split), " is not set; add --set data.",
                                        name_of(split), "=PREFIX"));
  return prefix;
}

MeasuredTranslations measure_translations(const EvaluationRequest& request,
                                          const TextTranslator& translator) {
  const std::string prefix = prefix_of(request.config, request.split);
  Journal journal({});
  std::vector<SentencePair> pairs =
      load_pairs(request.config, prefix, {.strict = request.strict, .keep_empty = true}, journal);
  if (pairs.empty()) throw Failure(ExitCode::data, prefix + ": no sentence pair to evaluate");

  Lines sources, references, hypotheses;
  for (const SentencePair& pair : pairs) {
    sources.push_back(pair.source);
    references.push_back(pair.target);
  }
  TextReport report(prefix, request.strict);
  for (const auto& best : translator.translate(sources, {&report}))
    hypotheses.push_back(best[0].text);
  warn(report);
  if (!request.output.empty()) write_output(request.output, with_line_ends(hypotheses));
  return {std::move(pairs), score(hypotheses, references)};
}

}  // namespace lectern
