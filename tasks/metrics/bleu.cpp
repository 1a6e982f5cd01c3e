#include "tasks/metrics/bleu.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "tasks/metrics/ngrams.h"
#include "tasks/metrics/tokenize_13a.h"
#include "tasks/text/unicode.h"
#include "tensor/check.h"

namespace lectern {
namespace {

constexpr int orders = 4;

// Where a sentence's numbers stand in its Counts.
enum Index { hypothesis_words, reference_words, first_match, first_total = first_match + orders };
constexpr int counts_per_sentence = first_total + orders;

std::string_view without_trailing_space(std::string_view line) {
  const std::vector<std::string_view> words = split_at_space(line);
  if (words.empty()) return {};
  return {line.data(),
          static_cast<std::size_t>(words.back().data() - line.data()) + words.back().size()};
}

std::u32string to_symbols(std::string_view line, const BleuOptions& options, WordNumbers& words) {
  std::string prepared = options.lowercase ? lower_case(line) : std::string(line);
  if (options.tokenizer == BleuTokenizer::mteval_13a)
    prepared = tokenize_13a(without_trailing_space(prepared));
  return words.numbers(split_at_space(prepared));
}

// The reference length closest to the hypothesis's; the shorter of two that are equally close.
std::int64_t closest_length(std::int64_t hypothesis,
                            const std::vector<std::u32string>& references) {
  auto best = static_cast<std::int64_t>(references[0].size());
  for (const std::u32string& reference : references) {
    const auto length = static_cast<std::int64_t>(reference.size());
    const auto distance = std::abs(hypothesis - length),
               best_distance = std::abs(hypothesis - best);
    if (distance < best_distance || (distance == best_distance && length < best)) best = length;
  }
  return best;
}

// For each n-gram the largest count that any one reference has.
NgramCounts count_in_any(const std::vector<std::u32string>& references, int order) {
  NgramCounts most = count_ngrams(references[0], order);
  for (std::size_t i = 1; i < references.size(); ++i)
    for (const auto& [ngram, count] : count_ngrams(references[i], order))
      most[ngram] = std::max(most[ngram], count);
  return most;
}

Counts count_sentence(const Lines& hypotheses, const References& references, std::size_t line,
                      const BleuOptions& options) {
  WordNumbers words;
  const std::u32string hypothesis = to_symbols(hypotheses[line], options, words);
  std::vector<std::u32string> translations;
  for (const Lines& reference : references)
    translations.push_back(to_symbols(reference[line], options, words));

  Counts counts(counts_per_sentence);
  counts[hypothesis_words] = static_cast<std::int64_t>(hypothesis.size());
  counts[reference_words] = closest_length(counts[hypothesis_words], translations);
  for (int n = 0; n < orders; ++n) {
    counts[first_match + n] =
        count_matches(count_ngrams(hypothesis, n + 1), count_in_any(translations, n + 1));
    counts[first_total + n] = std::max<std::int64_t>(0, counts[hypothesis_words] - n);
  }
  return counts;
}

double brevity_penalty(std::int64_t hypothesis, std::int64_t reference) {
  if (hypothesis >= reference) return 1;
  if (hypothesis == 0) return 0;
  return std::exp(1 - static_cast<double>(reference) / static_cast<double>(hypothesis));
}

std::array<double, orders> precisions(const Counts& counts, BleuSmoothing smoothing) {
  std::array<double, orders> result{};
  double halving = 1;
  for (int n = 0; n < orders; ++n) {
    const auto matches = static_cast<double>(counts[first_match + n]);
    const auto all = static_cast<double>(counts[first_total + n]);
    if (all == 0) break;
    if (matches > 0)
      result[n] = 100 * matches / all;
    else if (smoothing == BleuSmoothing::exponential)
      result[n] = 100 / ((halving *= 2) * all);
  }
  return result;
}

BleuScore score_counts(const Counts& counts, BleuSmoothing smoothing, std::size_t references) {
  BleuScore result{
      .score = 0,
      .precisions = {},
      .brevity_penalty = brevity_penalty(counts[hypothesis_words], counts[reference_words]),
      .hypothesis_length = counts[hypothesis_words],
      .reference_length = counts[reference_words],
      .references = references};
  // No match at all is 0 without smoothing. A shared n-gram shares its words: order 1 tells.
  if (counts[first_match] == 0) return result;
  result.precisions = precisions(counts, smoothing);
  double logarithms = 0;
  for (const double precision : result.precisions) {
    if (precision == 0) return result;
    logarithms += std::log(precision);
  }
  result.score = result.brevity_penalty * std::exp(logarithms / orders);
  return result;
}

}  // namespace

CountedText count_bleu(const Lines& hypotheses, const References& references,
                       const BleuOptions& options) {
  check_same_lines(hypotheses, references);
  CountedText text;
  text.score = [smoothing = options.smoothing](const Counts& counts) {
    return score_counts(counts, smoothing, 0).score;
  };
  for (std::size_t line = 0; line < hypotheses.size(); ++line)
    text.sentences.push_back(count_sentence(hypotheses, references, line, options));
  return text;
}

BleuScore bleu(const Counts& counts, const BleuOptions& options, std::size_t references) {
  return score_counts(counts, options.smoothing, references);
}

BleuScore bleu(const Lines& hypotheses, const References& references, const BleuOptions& options) {
  return bleu(total(count_bleu(hypotheses, references, options)), options, references.size());
}

std::string bleu_text(const BleuScore& score, const BleuOptions& options,
                      const ScoreFormat& format) {
  const bool is_13a = options.tokenizer == BleuTokenizer::mteval_13a;
  const bool is_smooth = options.smoothing == BleuSmoothing::exponential;
  std::string shares;
  for (const double precision : score.precisions)
    shares.append(shares.empty() ? "" : "/").append(fixed(precision, 1));
  const double ratio = score.reference_length == 0
                           ? 0
                           : static_cast<double>(score.hypothesis_length) /
                                 static_cast<double>(score.reference_length);
  return text("BLEU|", signature_start(score.references, format),
              "|case:", options.lowercase ? "lc" : "mixed", "|eff:no|tok:", is_13a ? "13a" : "none",
              "|smooth:", is_smooth ? "exp" : "none", "|version:", metric_version, " = ",
              score_text(score.score, format), " ", shares,
              " (BP = ", fixed(score.brevity_penalty, 3), " ratio = ", fixed(ratio, 3),
              " hyp_len = ", score.hypothesis_length, " ref_len = ", score.reference_length, ")");
}

}  // namespace lectern
