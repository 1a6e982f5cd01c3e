#include "tasks/translation/statistical/ngram_model.h"

#include <algorithm>
#include <cmath>

#include "tensor/check.h"

namespace lectern {
namespace {

constexpr int word_bits = 21;
constexpr std::uint64_t word_mask = (std::uint64_t{1} << word_bits) - 1;

std::uint64_t pack(const NgramModel::History& history, Word w) {
  return (static_cast<std::uint64_t>(history.u) << word_bits |
          static_cast<std::uint64_t>(history.v))
             << word_bits |
         static_cast<std::uint64_t>(w);
}

/// The last n words of an n-gram.
std::uint64_t last_words(std::uint64_t ngram, int n) {
  return ngram & ((std::uint64_t{1} << (n * word_bits)) - 1);
}

/// Runs of equal numbers become one with its length.
NgramModel::Counts count_runs(std::vector<std::uint64_t> ngrams) {
  std::ranges::sort(ngrams);
  NgramModel::Counts result;
  for (const std::uint64_t ngram : ngrams) {
    if (result.trigrams.empty() || result.trigrams.back() != ngram) {
      result.trigrams.push_back(ngram);
      result.counts.push_back(0);
    }
    ++result.counts.back();
  }
  return result;
}

/// In how many different n-grams each of their last n - 1 words occurs: the counts of the next
/// order.
NgramModel::Counts continuations(const std::vector<std::uint64_t>& ngrams, int n) {
  std::vector<std::uint64_t> shorter;
  shorter.reserve(ngrams.size());
  for (const std::uint64_t ngram : ngrams) shorter.push_back(last_words(ngram, n - 1));
  return count_runs(std::move(shorter));
}

/// D = n₁ / (n₁ + 2 n₂); a half where nothing counts once, so that unseen words keep a share.
double discount(std::span<const std::int32_t> counts) {
  const auto once = static_cast<double>(std::ranges::count(counts, 1));
  const auto twice = static_cast<double>(std::ranges::count(counts, 2));
  return once == 0.0 ? 0.5 : once / (once + 2.0 * twice);
}

}  // namespace

std::vector<Word> NgramModel::Counts::words() const {
  std::vector<Word> words;
  for (const std::uint64_t trigram : trigrams)
    for (int later = order - 1; later >= 0; --later)
      words.push_back(static_cast<Word>(trigram >> (later * word_bits) & word_mask));
  return words;
}

NgramModel::Counts NgramModel::Counts::of(const std::vector<Word>& words,
                                          const std::vector<std::int32_t>& counts) {
  std::vector<std::pair<std::uint64_t, std::int32_t>> sorted;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const Word* w = words.data() + i * order;
    sorted.emplace_back(pack({w[0], w[1]}, w[2]), counts[i]);
  }
  std::ranges::sort(sorted);
  Counts result;
  for (const auto& [trigram, count] : sorted) {
    result.trigrams.push_back(trigram);
    result.counts.push_back(count);
  }
  return result;
}

NgramModel::Counts NgramModel::count(const std::vector<std::vector<Word>>& sentences) {
  std::vector<std::uint64_t> trigrams;
  for (const auto& sentence : sentences) {
    History history;
    for (const Word w : sentence) {
      check(w >= 0 && static_cast<std::uint64_t>(w) <= word_mask, [&] {
        return text("NgramModel: word ", w, " is not in 0 … ", word_mask,
                    "; try a smaller vocabulary");
      });
      trigrams.push_back(pack(history, w));
      history = history.then(w);
    }
    trigrams.push_back(pack(history, Tokenizer::end));
  }
  return count_runs(std::move(trigrams));
}

NgramModel NgramModel::of_counts(Counts counts, std::int32_t vocab) {
  NgramModel model;
  model.vocab_ = vocab;
  const Counts bigrams = continuations(counts.trigrams, 3);
  const Counts unigrams = continuations(bigrams.trigrams, 2);

  // Everything but <pad> and <s> can be predicted.
  const double uniform = 1.0 / (vocab - 2.0), given_up = discount(unigrams.counts);
  double sum = 0.0;
  for (const std::int32_t c : unigrams.counts) sum += c;
  const double rest =
      sum == 0.0 ? 1.0 : given_up * static_cast<double>(unigrams.counts.size()) / sum;
  model.unigrams_.assign(static_cast<std::size_t>(vocab), rest * uniform);
  model.unigrams_[Tokenizer::pad] = model.unigrams_[Tokenizer::begin] = 0.0;
  for (std::size_t i = 0; i < unigrams.counts.size(); ++i) {
    check(unigrams.trigrams[i] < model.unigrams_.size(), [&] {
      return text("NgramModel: the text has word ", unigrams.trigrams[i], ", but the vocabulary ",
                  vocab, " words");
    });
    model.unigrams_[unigrams.trigrams[i]] += std::max(unigrams.counts[i] - given_up, 0.0) / sum;
  }
  model.levels_[0] = make_level(bigrams.trigrams, bigrams.counts);
  model.add_lower_order(model.levels_[0], 2);
  model.levels_[1] = make_level(counts.trigrams, counts.counts);
  model.add_lower_order(model.levels_[1], 3);
  model.counts_ = std::move(counts);
  return model;
}

NgramModel::Level NgramModel::make_level(std::span<const std::uint64_t> ngrams,
                                         std::span<const std::int32_t> counts) {
  const double given_up = discount(counts);
  Level level;
  level.ngrams.assign(ngrams.begin(), ngrams.end());
  level.probabilities.resize(ngrams.size());
  for (std::size_t begin = 0, end = 0; begin < ngrams.size(); begin = end) {
    const std::uint64_t history = ngrams[begin] >> word_bits;
    double sum = 0.0;
    while (end < ngrams.size() && ngrams[end] >> word_bits == history) sum += counts[end++];
    for (std::size_t i = begin; i < end; ++i)
      level.probabilities[i] = std::max(counts[i] - given_up, 0.0) / sum;
    level.histories.push_back(history);
    level.rests.push_back(given_up * static_cast<double>(end - begin) / sum);
  }
  return level;
}

void NgramModel::add_lower_order(Level& level, int n) {
  std::size_t history = 0;
  for (std::size_t i = 0; i < level.ngrams.size(); ++i) {
    while (level.histories[history] != level.ngrams[i] >> word_bits) ++history;
    level.probabilities[i] +=
        level.rests[history] * of_packed(last_words(level.ngrams[i], n - 1), n - 1);
  }
}

double NgramModel::of_packed(std::uint64_t ngram, int n) const {
  double rest = 1.0;
  for (; n > 1; --n) {
    const Level& level = levels_[static_cast<std::size_t>(n) - 2];
    const auto seen = std::ranges::lower_bound(level.ngrams, ngram);
    if (seen != level.ngrams.end() && *seen == ngram)
      return rest * level.probabilities[seen - level.ngrams.begin()];
    const auto history = std::ranges::lower_bound(level.histories, ngram >> word_bits);
    if (history != level.histories.end() && *history == ngram >> word_bits)
      rest *= level.rests[history - level.histories.begin()];
    ngram = last_words(ngram, n - 1);
  }
  return rest * unigrams_[ngram];
}

double NgramModel::probability(Word w, const History& history) const {
  return of_packed(pack(history, w), order);
}

double NgramModel::log_probability(Word w, const History& history) const {
  return std::log(probability(w, history));
}

double NgramModel::log_probability(Word w) const { return std::log(unigrams_[w]); }

double NgramModel::log_probability(std::span<const Word> sentence) const {
  double sum = 0.0;
  History history;
  for (const Word w : sentence) {
    sum += log_probability(w, history);
    history = history.then(w);
  }
  return sum + log_probability(Tokenizer::end, history);
}

double perplexity(const NgramModel& model, const std::vector<std::vector<Word>>& sentences) {
  double sum = 0.0;
  std::size_t words = 0;
  for (const auto& sentence : sentences) {
    sum += model.log_probability(sentence);
    words += sentence.size() + 1;
  }
  return words == 0 ? 1.0 : std::exp(-sum / static_cast<double>(words));
}

}  // namespace lectern
