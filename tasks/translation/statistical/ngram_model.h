#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "tasks/translation/statistical/alignment.h"

namespace lectern {

/// \addtogroup statistical
/// \{

/// A language model: how probable a word is after the two before it, by interpolated Kneser-Ney.
///
/// \f[ p(w \mid u v) = \frac{\max(c(u v w) - D_3, 0)}{c(u v \cdot)} +
///     \frac{D_3 \, N_{1+}(u v \cdot)}{c(u v \cdot)} \, p(w \mid v) \f]
///
/// Every count gives up D, and what was taken goes to the shorter history. There, a word counts by
/// how many different words it was seen after, not by how often: "York" is frequent, but only after
/// "New".
///
/// \f[ p(w \mid v) = \frac{\max(N_{1+}(\cdot v w) - D_2, 0)}{N_{1+}(\cdot v \cdot)} +
///     \frac{D_2 \, N_{1+}(v \cdot)}{N_{1+}(\cdot v \cdot)} \, p(w), \qquad
///     p(w) = \frac{\max(N_{1+}(\cdot w) - D_1, 0)}{N_{1+}(\cdot \cdot)} +
///     \frac{D_1 \, N_{1+}(\cdot)}{N_{1+}(\cdot \cdot)} \, \frac{1}{V} \f]
///
/// \f$ N_{1+}(\cdot v w) \f$ is the number of different words before v w,
/// \f$ N_{1+}(v \cdot) \f$ that of different words after v. \f$ D_n = n_1 / (n_1 + 2 n_2) \f$, of
/// the numbers of n-grams that count once and twice. A sentence begins with two `<s>` and ends with
/// `</s>`, which is predicted as a word is. V counts all words, `</s>` and `<unk>`, so that every
/// probability is above zero and they sum to one after any two words.
///
/// Memory: 16 bytes for each n-gram and 16 for each history. A probability costs a binary search
/// for each order that has to be tried. Source: Chen and Goodman, "An Empirical Study of Smoothing
/// Techniques for Language Modeling", 1999 (its interpolated Kneser-Ney, one D for each order);
/// Kneser and Ney, "Improved Backing-Off for M-gram Language Modeling", 1995.
class NgramModel {
 public:
  static constexpr int order = 3;

  /// How often each trigram of a text occurs, by its words packed into one number, ascending.
  struct Counts {
    std::vector<std::uint64_t> trigrams;
    std::vector<std::int32_t> counts;

    /// The trigrams word by word: `[trigram, 3]`.
    std::vector<Word> words() const;
    /// The other way; the order of the trigrams does not matter, but each comes once.
    static Counts of(const std::vector<Word>& words, const std::vector<std::int32_t>& counts);
  };
  /// \throws Error for a word of 2,097,152 or above
  static Counts count(const std::vector<std::vector<Word>>& sentences);

  NgramModel() = default;
  /// \param vocab  numbers of words, special ones included: the tokenizer's size()
  static NgramModel of_counts(Counts counts, std::int32_t vocab);
  NgramModel(const std::vector<std::vector<Word>>& sentences, std::int32_t vocab)
      : NgramModel(of_counts(count(sentences), vocab)) {}

  /// The two words before the next one.
  struct History {
    Word u = Tokenizer::begin, v = Tokenizer::begin;
    History then(Word w) const { return {v, w}; }
    bool operator==(const History&) const = default;
  };
  double probability(Word w, const History& history) const;
  /// Natural logarithm.
  double log_probability(Word w, const History& history) const;
  /// log p(w), without a history.
  double log_probability(Word w) const;
  /// Of a whole sentence, with its `</s>`.
  double log_probability(std::span<const Word> sentence) const;

  const Counts& counts() const { return counts_; }
  std::int32_t vocab() const { return vocab_; }

 private:
  /// The n-grams of one order, n = 2 or 3.
  struct Level {
    std::vector<std::uint64_t> ngrams;     // packed, ascending
    std::vector<double> probabilities;     // p(w | history), what lower orders give included
    std::vector<std::uint64_t> histories;  // packed, ascending
    std::vector<double> rests;             // the share that goes to the lower order
  };
  static Level make_level(std::span<const std::uint64_t> ngrams,
                          std::span<const std::int32_t> counts);
  void add_lower_order(Level& level, int n);
  double of_packed(std::uint64_t ngram, int n) const;

  Counts counts_;
  std::int32_t vocab_ = 0;
  std::vector<double> unigrams_;         // [vocab]
  std::array<Level, order - 1> levels_;  // of bigrams, of trigrams
};

/// exp of minus the mean log-probability of a word of the text, `</s>` included.
double perplexity(const NgramModel& model, const std::vector<std::vector<Word>>& sentences);

/// \}

}  // namespace lectern
