#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tasks/grammar/edits.h"
#include "tasks/grammar/made_pair.h"

namespace lectern {

/// Mends misspelt words by a noisy channel: of the words that may have been meant, it takes the one that
/// is likely in its place and easily becomes what was typed.
///
/// \f[ \hat w = \arg\max_w\; p(w \mid \mathrm{before})\; p(\mathrm{after} \mid w)\; p(\mathrm{typed} \mid w) \f]
/// \f[ p(w \mid v) = \lambda\, \frac{c(v w)}{c(v)} + (1 - \lambda)\, \frac{c(w)}{N}, \qquad \lambda = 0.7 \f]
///
/// with counts c of a correct text. p(typed | w) is a number for each change of letters: one is left out,
/// put in, another one, or changes places with its neighbour (Damerau 1964, "A technique for computer
/// detection and correction of spelling errors"). Words of three and four letters have one change at
/// most, longer ones two.
///
/// A word is misspelt if the text has it, in small or large letters, more rarely than `least`. Words with
/// a capital inside of a sentence, which are mostly names, stay as they are; so does everything that is
/// not letters of English alone.
///
/// Memory: the words, and 12 bytes for each pair of words that is not rarer either. Cost of a misspelt
/// word: a look at the length and the letters of every word that is known.
/// Source: Kernighan, Church and Gale 1990, "A Spelling Correction Program Based on a Noisy Channel
/// Model".
class Speller {
 public:
  static constexpr std::int64_t least = 3;  ///< [occurrences]

  /// Learns from sentences, each as its words.
  explicit Speller(const std::vector<std::vector<std::string>>& sentences);
  /// One that was serialized. \throws Error where it was not
  explicit Speller(const std::string& stored);
  std::string serialize() const;

  /// What it would change of a sentence: one word for one word each.
  std::vector<Edit> edits(const std::vector<std::string>& words) const;

  std::int64_t size() const { return static_cast<std::int64_t>(words_.size()); }  ///< [words]

 private:
  /// A word that nobody knows is none of these.
  static constexpr std::int32_t unknown = -1;

  void add_letters();
  std::int32_t find(const std::string& word) const;
  double probability(std::int32_t word, std::int32_t before) const;
  /// The likeliest word in a place, `unknown` where there is none.
  std::int32_t meant(const std::string& typed, std::int32_t before, std::int32_t after) const;

  std::vector<std::string> words_;  // small letters, ascending; the ends of a sentence among them
  std::vector<std::int64_t> counts_;
  std::vector<std::uint64_t> pairs_;  // the numbers of two neighbours, ascending
  std::vector<std::int32_t> pair_counts_;
  std::int64_t total_ = 0;              // of all words of the text
  std::vector<std::uint32_t> letters_;  // of each word, one bit a letter; 0: of no plain word
};

/// A speller that has learned from the right sentences of the first `vocabulary_bytes` of a text.
Speller learn_speller(const LineIndex& index, const GrammarReading& reading);

}  // namespace lectern
