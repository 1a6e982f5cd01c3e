#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "tasks/translation/statistical/alignment.h"

namespace lectern {

/// \addtogroup statistical
/// \{

/// t(e | f): how probable the word e is as translation of the word f, or of NULL, for the pairs of
/// words that were seen together; for all others it is 0.
///
/// Entries are sorted by f and then by e, so that a row is a slice and a look-up two binary
/// searches at most. Memory: 12 bytes a pair of words.
class LexicalTable {
 public:
  struct Entry {
    Word word = 0;  ///< e
    double probability = 0.0;
  };

  LexicalTable() = default;
  /// \param row_begins     `[vocab of f + 1]`: where the entries of each f begin
  /// \param words          e of each entry, ascending within a row
  /// \param probabilities  of each entry
  /// \throws Error unless the three fit together
  LexicalTable(std::vector<std::int64_t> row_begins, std::vector<Word> words,
               std::vector<double> probabilities);

  double probability(Word e, Word f) const;
  /// The n most probable translations of f, best first.
  std::vector<Entry> best(Word f, std::size_t n) const;

  std::size_t size() const { return words_.size(); }
  /// The number of the entry (e, f), or -1.
  std::int64_t find(Word e, Word f) const;

  const std::vector<std::int64_t>& row_begins() const { return row_begins_; }
  const std::vector<Word>& words() const { return words_; }
  const std::vector<double>& probabilities() const { return probabilities_; }

  /// The maximisation step: t(e | f) = count(e, f) / Σ count(e', f).
  /// \param counts  `[size()]`; a row that has none stays as it is
  void set_from_counts(std::span<const double> counts);

  /// Without the entries below `least`; the rows sum to a little less than one.
  LexicalTable pruned(double least) const;

 private:
  std::vector<std::int64_t> row_begins_ = {0};
  std::vector<Word> words_;
  std::vector<double> probabilities_;
};

/// A corpus made ready for expectation-maximisation: the table of all pairs of words that occur in
/// one sentence pair, and for each sentence pair the numbers of its entries, so that a round looks
/// nothing up.
///
/// Memory: 4 bytes for each pair of words of each sentence pair. Cost: a sort of those.
class Cooccurrences {
 public:
  explicit Cooccurrences(const std::vector<TokenPair>& pairs);

  /// Every translation that was seen is as probable as any other of the same word.
  LexicalTable uniform_table() const;

  std::size_t pairs() const { return offsets_.size() - 1; }
  std::size_t source_words(std::size_t pair) const { return source_words_[pair]; }
  std::size_t target_words(std::size_t pair) const;
  /// Entries of word j of e with NULL and with every word of f: `[1 + source]`.
  std::span<const std::int32_t> entries(std::size_t pair, std::size_t j) const;
  /// Words of all e.
  std::int64_t target_tokens() const { return target_tokens_; }

 private:
  LexicalTable table_;
  std::vector<std::int64_t> offsets_;       // [pairs + 1] into entries_
  std::vector<std::int32_t> source_words_;  // [pairs]
  std::vector<std::int32_t> entries_;
  std::int64_t target_tokens_ = 0;
};

/// One round of expectation-maximisation.
struct EmRound {
  double log_likelihood = 0.0;  ///< of all e given their f, before the round changed the model
  std::int64_t tokens = 0;      ///< words of e

  /// exp(-log_likelihood / tokens): among how many words the model seems to choose.
  double perplexity() const;
};

/// \}

}  // namespace lectern
