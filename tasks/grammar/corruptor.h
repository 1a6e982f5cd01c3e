#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tasks/grammar/error_kind.h"

namespace lectern {

/// How often a word of correct English is made wrong: of each kind the share of the words to which it
/// can happen.
struct CorruptionRates {
  double unchanged = 0.15;    ///< share of the sentences that stay as they are
  double article = 0.20;      ///< of a, an, the; an eighth as often one is put where none was
  double preposition = 0.12;  ///< of prepositions; an eighth as often one is put behind a verb
  double agreement = 0.12;    ///< of is, are, has, goes, go …
  double tense = 0.06;        ///< of verbs, and of the "to" before one
  double number = 0.08;       ///< of nouns
  double spelling = 0.04;     ///< of words of three letters or more
  double confusion = 0.06;    ///< of words that have a group
  double missing = 0.02;      ///< of short words of grammar
  double order = 0.01;        ///< of words in small letters
  double punctuation = 0.10;  ///< of commas, stops, 's; a tenth as often a comma too many
  double capitals = 0.02;     ///< of capitalised words
};

/// Whose sentence it is: what goes wrong with it is a function of this, and of its words.
struct CorruptionKey {
  std::uint64_t seed = 42;
  std::uint32_t epoch = 0;
  std::uint32_t line = 0;
};

/// A sentence with errors in it, and how many of each kind.
struct Corrupted {
  std::vector<std::string> words = {};
  ErrorCounts errors = {};
};

/// Makes mistakes of the kinds that learners make. Each word is looked at once, from left to right; one
/// draw decides whether something happens to it and of which kind, a second one what. How many errors
/// a sentence has varies from sentence to sentence: all rates are multiplied by 0.5, 1 or 1.5.
///
/// \return  the same words where `unchanged` was drawn, or nothing could go wrong
/// Cost: O(words).
/// Source: the kinds are those of the CoNLL-2014 task (Ng et al. 2014, table 1) that can be made without
/// a parser; making pairs from clean text by rules is Awasthi et al. 2019, §5, and Grundkiewicz
/// et al. 2019.
Corrupted corrupt(const std::vector<std::string>& words, const CorruptionRates& rates,
                  const CorruptionKey& key);

}  // namespace lectern
