#include "tasks/translation/statistical/ibm_model_1.h"

#include <algorithm>
#include <cmath>

#include "tasks/translation/statistical/expected_counts.h"

namespace lectern {
namespace {

/// For words that were never seen together: small enough to lose against all that were.
constexpr double least_probability = 1e-12;

/// t(e_j | f_i) for NULL and every word of f.
void translation_row(const LexicalTable& table, const TokenPair& pair, std::size_t j, double* row) {
  row[0] = std::max(table.probability(pair.target[j], null_word), least_probability);
  for (std::size_t i = 0; i < pair.source.size(); ++i)
    row[i + 1] = std::max(table.probability(pair.target[j], pair.source[i]), least_probability);
}

}  // namespace

Alignment IbmModel1::align(const TokenPair& pair) const {
  Alignment alignment;
  std::vector<double> row(pair.source.size() + 1);
  for (std::size_t j = 0; j < pair.target.size(); ++j) {
    translation_row(table_, pair, j, row.data());
    const auto best = std::max_element(row.begin() + 1, row.end());
    const bool is_word = best != row.end() && *best >= row[0] && *best > least_probability;
    alignment.push_back(is_word ? static_cast<int>(best - row.begin()) - 1 : from_null);
  }
  return alignment;
}

LinkProbabilities IbmModel1::posterior(const TokenPair& pair) const {
  const std::size_t width = pair.source.size() + 1;
  LinkProbabilities links{pair.source.size(), std::vector<double>(pair.target.size() * width)};
  for (std::size_t j = 0; j < pair.target.size(); ++j) {
    double* row = links.row(j);
    translation_row(table_, pair, j, row);
    double sum = 0.0;
    for (std::size_t i = 0; i < width; ++i) sum += row[i];
    for (std::size_t i = 0; i < width; ++i) row[i] /= sum;
  }
  return links;
}

double IbmModel1::log_likelihood(const TokenPair& pair) const {
  double result = 0.0;
  std::vector<double> row(pair.source.size() + 1);
  for (std::size_t j = 0; j < pair.target.size(); ++j) {
    translation_row(table_, pair, j, row.data());
    double sum = 0.0;
    for (const double t : row) sum += t;
    result += std::log(sum / static_cast<double>(row.size()));
  }
  return result;
}

EmRound em_round(IbmModel1& model, const Cooccurrences& corpus) {
  const std::vector<double>& t = model.table().probabilities();
  const ExpectedCounts expected =
      expected_counts(corpus.pairs(), t.size(), 0, [&](std::size_t pair, ExpectedCounts& counts) {
        for (std::size_t j = 0; j < corpus.target_words(pair); ++j) {
          const auto entries = corpus.entries(pair, j);
          double sum = 0.0;
          for (const std::int32_t entry : entries) sum += t[entry];
          for (const std::int32_t entry : entries) counts.counts[entry] += t[entry] / sum;
          counts.log_likelihood += std::log(sum / static_cast<double>(entries.size()));
        }
      });
  LexicalTable table = model.table();
  table.set_from_counts(expected.counts);
  model = IbmModel1(std::move(table));
  return {expected.log_likelihood, corpus.target_tokens()};
}

}  // namespace lectern
