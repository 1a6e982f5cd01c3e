#pragma once

#include <string>
#include <string_view>

namespace lectern {

/// Splits punctuation from words as NIST's mteval-v13a does, the tokenizer of the WMT evaluations:
/// ASCII punctuation stands alone, but full stops and commas stay inside numbers, a hyphen is split
/// only after a digit, and an apostrophe never. Entities, such as `&quot;`, are written out first. Pieces are separated by
/// white space in the result. Time O(length).
///
/// Source: sacreBLEU 2 (Post, "A Call for Clarity in Reporting BLEU Scores", 2018), `13a`.
std::string tokenize_13a(std::string_view line);

}  // namespace lectern
