#include "tasks/metrics/chrf.h"

#include <string_view>

#include "tasks/metrics/ngrams.h"
#include "tasks/text/unicode.h"
#include "tensor/check.h"

namespace lectern {
namespace {

// Where an order's numbers stand, three for each order.
enum Index { in_hypothesis, in_reference, in_both, counts_per_order };

bool is_punctuation(char c) {
  return std::string_view("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~").find(c) != std::string_view::npos;
}

// Words with one punctuation mark split off: at the end or else at the beginning.
std::vector<std::string_view> words_and_punctuation(std::string_view line) {
  std::vector<std::string_view> out;
  for (const std::string_view word : split_at_space(line)) {
    const std::size_t last = word.size() - 1;
    if (last > 0 && is_punctuation(word[last])) {
      out.push_back(word.substr(0, last));
      out.push_back(word.substr(last));
    } else if (last > 0 && is_punctuation(word[0])) {
      out.push_back(word.substr(0, 1));
      out.push_back(word.substr(1));
    } else {
      out.push_back(word);
    }
  }
  return out;
}

std::u32string without_space(std::string_view line) {
  std::u32string out;
  for (const char32_t character : code_points(line))
    if (!is_space(character)) out += character;
  return out;
}

// A sentence as n-grams of characters and of words, one table for each order.
class CountedSentence {
 public:
  CountedSentence(const std::string& line, const ChrfOptions& options, WordNumbers& words) {
    const std::string prepared = options.lowercase ? lower_case(line) : line;
    characters_ = without_space(prepared);
    for (int n = 1; n <= options.character_order; ++n)
      orders.push_back(count_ngrams(characters_, n));
    if (options.word_order > 0) words_ = words.numbers(words_and_punctuation(prepared));
    for (int n = 1; n <= options.word_order; ++n) orders.push_back(count_ngrams(words_, n));
  }
  // The tables point into the text below.
  CountedSentence(const CountedSentence&) = delete;
  CountedSentence& operator=(const CountedSentence&) = delete;

  std::vector<NgramCounts> orders;

 private:
  std::u32string characters_, words_;
};

std::int64_t sum(const NgramCounts& counts) {
  std::int64_t all = 0;
  for (const auto& [ngram, count] : counts) all += count;
  return all;
}

Counts compare(const CountedSentence& hypothesis, const CountedSentence& reference) {
  Counts counts;
  for (std::size_t n = 0; n < hypothesis.orders.size(); ++n) {
    const NgramCounts &ours = hypothesis.orders[n], &theirs = reference.orders[n];
    // An order that the reference is too short for is not held against the hypothesis.
    counts.push_back(theirs.empty() ? 0 : sum(ours));
    counts.push_back(sum(theirs));
    counts.push_back(count_matches(ours, theirs));
  }
  return counts;
}

double f_score(const Counts& counts, int beta) {
  double precision = 0, recall = 0;
  int orders = 0;
  for (std::size_t i = 0; i < counts.size(); i += counts_per_order) {
    const auto ours = static_cast<double>(counts[i + in_hypothesis]);
    const auto theirs = static_cast<double>(counts[i + in_reference]);
    const auto both = static_cast<double>(counts[i + in_both]);
    if (ours == 0 || theirs == 0) continue;
    precision += both / ours;
    recall += both / theirs;
    ++orders;
  }
  if (precision + recall == 0) return 0;
  precision /= orders;
  recall /= orders;
  const double factor = beta * beta;
  return 100 * (1 + factor) * precision * recall / (factor * precision + recall);
}

Counts count_sentence(const Lines& hypotheses, const References& references, std::size_t line,
                      const ChrfOptions& options) {
  WordNumbers words;
  const CountedSentence hypothesis(hypotheses[line], options, words);
  Counts best;
  for (const Lines& reference : references) {
    Counts counts = compare(hypothesis, CountedSentence(reference[line], options, words));
    if (best.empty() || f_score(counts, options.beta) > f_score(best, options.beta))
      best = std::move(counts);
  }
  return best;
}

}  // namespace

CountedText count_chrf(const Lines& hypotheses, const References& references,
                       const ChrfOptions& options) {
  check_same_lines(hypotheses, references);
  CountedText text;
  text.score = [beta = options.beta](const Counts& counts) { return f_score(counts, beta); };
  for (std::size_t line = 0; line < hypotheses.size(); ++line)
    text.sentences.push_back(count_sentence(hypotheses, references, line, options));
  return text;
}

ChrfScore chrf(const Lines& hypotheses, const References& references, const ChrfOptions& options) {
  const Counts counts = total(count_chrf(hypotheses, references, options));
  return {.score = f_score(counts, options.beta), .references = references.size()};
}

std::string chrf_text(const ChrfScore& score, const ChrfOptions& options,
                      const ScoreFormat& format) {
  return text("chrF", options.beta, std::string(static_cast<std::size_t>(options.word_order), '+'),
              "|", signature_start(score.references, format),
              "|case:", options.lowercase ? "lc" : "mixed", "|eff:yes|nc:", options.character_order,
              "|nw:", options.word_order, "|space:no|version:", metric_version, " = ",
              score_text(score.score, format));
}

}  // namespace lectern
