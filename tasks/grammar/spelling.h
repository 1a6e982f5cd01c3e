#pragma once

#include <string>

#include "tasks/grammar/word_draws.h"

namespace lectern {

/// Misspells a word of English letters: two letters change places, one is left out, doubled, halved, put
/// in, struck beside its key (a QWERTY keyboard), a vowel is another one, or ie is ei. The first letter
/// mostly stays, as it does in what people write.
///
/// \return  the word itself where the drawn change does nothing to it
std::string misspelled(const std::string& word, WordDraws& draws);

}  // namespace lectern
