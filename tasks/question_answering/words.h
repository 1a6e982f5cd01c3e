#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lectern {

/// What a word looks like: a little of what a tagger of names would say.
enum class WordShape { plain, capitalised, number, sign };

/// A piece of a text that an answer may begin or end with.
struct PassageWord {
  std::size_t begin = 0, end = 0;  ///< where it stands [bytes]
  std::string lower = {};          ///< lower-cased
  WordShape shape = WordShape::plain;
};

/// The words of a text: letters in a row, digits in a row, and every other character but white space by
/// itself. "In 1990s' U.S., €5bn" is In, 1990, s, ', U, ., S, ., the comma, €, 5, bn. So nearly every
/// answer that people marked begins and ends where a word does.
std::vector<PassageWord> words_of(std::string_view text);

/// Words `begin` … `end` − 1.
struct WordRange {
  std::size_t begin = 0, end = 0;
  bool operator==(const WordRange&) const = default;
};

/// The sentences of a text. One ends with `.`, `!` or `?` and a closing quotation mark or bracket, where
/// white space follows, and after it no small letter. (An abbreviation before a name ends one, too.)
std::vector<WordRange> sentences_of(std::string_view text, const std::vector<PassageWord>& words);

/// The text from the first of some words to the last.
std::string_view text_of(std::string_view text, const std::vector<PassageWord>& words,
                         WordRange range);

}  // namespace lectern
