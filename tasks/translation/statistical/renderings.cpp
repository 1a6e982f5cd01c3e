#include "tasks/translation/statistical/renderings.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace lectern {
namespace {

constexpr double least_probability = 1e-9;

/// For each word of f the words of e that render it; `fits` is false where they do not stand in a
/// row, or are too many.
struct Rendered {
  std::vector<Word> words;
  bool fits = true;
};

std::vector<Rendered> renderings_in(const TokenPair& pair, Alignment alignment,
                                    std::size_t longest) {
  // A word from NULL goes with the next one that comes from a word.
  for (std::size_t j = alignment.size(); j-- > 1;)
    if (alignment[j - 1] == from_null) alignment[j - 1] = alignment[j];
  std::vector<Rendered> result(pair.source.size());
  int before = from_null;
  for (std::size_t j = 0; j < alignment.size(); ++j) {
    const int i = alignment[j];
    if (i == from_null) continue;
    Rendered& mine = result[static_cast<std::size_t>(i)];
    if (!mine.words.empty() && before != i) mine.fits = false;
    mine.words.push_back(pair.target[j]);
    if (mine.words.size() > longest) mine.fits = false;
    before = i;
  }
  return result;
}

}  // namespace

double channel_score(const LexicalTable& channel, Word f, const std::vector<Word>& words) {
  double sum = words.empty() ? channel.probability(f, null_word) : 0.0;
  for (const Word e : words) sum += channel.probability(f, e);
  const double mean = sum / static_cast<double>(std::max<std::size_t>(1, words.size()));
  return std::log(std::max(mean, least_probability));
}

RenderingTable::RenderingTable(const std::vector<TokenPair>& pairs, const Aligner& aligner,
                               const LexicalTable& channel, const Options& options) {
  std::vector<std::map<std::vector<Word>, std::int64_t>> counts;
  for (const TokenPair& pair : pairs) {
    const auto rendered = renderings_in(pair, aligner.align(pair), options.longest);
    for (std::size_t i = 0; i < rendered.size(); ++i) {
      if (!rendered[i].fits) continue;
      const auto f = static_cast<std::size_t>(pair.source[i]);
      if (f >= counts.size()) counts.resize(f + 1);
      ++counts[f][rendered[i].words];
    }
  }
  of_word_.resize(counts.size());
  for (std::size_t f = 0; f < counts.size(); ++f) {
    double sum = 0.0;
    for (const auto& [words, count] : counts[f]) sum += static_cast<double>(count);
    std::vector<Rendering>& renderings = of_word_[f];
    for (const auto& [words, count] : counts[f])
      if (count >= options.seen_at_least)
        renderings.push_back({.words = words,
                              .channel = channel_score(channel, static_cast<Word>(f), words),
                              .direct = std::log(static_cast<double>(count) / sum)});
    std::ranges::stable_sort(renderings, std::greater{}, &Rendering::direct);
    renderings.resize(std::min(renderings.size(), options.most));
  }
}

const std::vector<Rendering>& RenderingTable::of(Word f) const {
  static const std::vector<Rendering> none;
  return f >= 0 && f < std::ssize(of_word_) ? of_word_[f] : none;
}

}  // namespace lectern
