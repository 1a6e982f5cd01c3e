#pragma once

#include <string>
#include <vector>

namespace lectern {

/// A paragraph as one sentence a line, which is what the task learns from: undoes the marks of WikiText
/// (hyphens, commas and stops between at signs, spaces before clitics), makes printed quotes typed
/// ones, and ends a sentence behind a stop, an exclamation or a question mark (and what closes behind
/// it) where a capital, a digit or a quote follows, unless the stop belongs to a title or an initial
/// (Mr., J.).
///
/// \return  only what looks like a sentence: 3 to 80 words, a letter or a digit or a quote at its
///          beginning, an end at its end, no `<unk>`, at least half of its letters small
/// Cost: O(bytes).
std::vector<std::string> sentences_of(const std::string& paragraph);

}  // namespace lectern
