#pragma once

#include <cstdint>
#include <string_view>

#include "tasks/grammar/corruptor.h"
#include "tasks/grammar/words.h"

namespace lectern {

/// What the lines of a part of the data are.
enum class TextForm {
  clean,       ///< one file of correct sentences, which the corruptor makes wrong
  pairs,       ///< one file: the wrong sentence, a TAB, the right one
  references,  ///< P.src with the wrong sentences, P.ref0, P.ref1, … each with right ones
};

constexpr std::string_view name_of(TextForm form) {
  switch (form) {
    case TextForm::clean: return "clean";
    case TextForm::pairs: return "pairs";
    case TextForm::references: return "references";
  }
  return {};
}

/// `[task]` of grammar correction.
struct GrammarSettings {
  TextForm train_form = TextForm::clean;
  TextForm valid_form = TextForm::clean;
  TextForm test_form = TextForm::clean;
  WordRule words = WordRule::treebank;
  bool speller = false;     ///< misspelt words are mended before the model reads a sentence
  double min_gain = 0.0;    ///< an edit has to raise the sentence's log-probability by so much
  std::int64_t rounds = 1;  ///< times that a sentence is corrected, or until nothing changes
  CorruptionRates rates;
};

}  // namespace lectern
