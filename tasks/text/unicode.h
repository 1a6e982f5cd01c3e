#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lectern {

/// Code points of UTF-8 text. A byte that belongs to no well-formed character (overlong, a
/// surrogate, cut off, out of range) becomes U+DC00 plus the byte, as Python's `surrogateescape` has
/// it: different bytes stay different.
std::u32string code_points(std::string_view utf8);

/// Replaces every such byte by U+FFFD. Returns how many were replaced.
std::int64_t mend_utf8(std::string& text);

/// Lower-cases UTF-8 text as Python's `str.lower()` does, by the tables of utf8proc (the Unicode
/// Standard, 3.13): Σ at the end of a word becomes ς, İ becomes i and a dot. Bytes that are no UTF-8
/// stay as they are. It is independent of the locale, unlike `towlower`.
std::string lower_case(std::string_view utf8);

/// What kind of character it is, by its general category in the Unicode Standard.
enum class CharacterKind {
  letter,       ///< L, of any script
  mark,         ///< M: an accent or a vowel sign that stands on the letter before it
  number,       ///< N: digits, but also ½ and Ⅷ
  punctuation,  ///< P
  symbol,       ///< S
  separator,    ///< Z: spaces, but not the control characters among white space
  other         ///< C: control characters and what is not assigned
};
CharacterKind kind_of(char32_t character);

/// UTF-8 text of code points, as code_points() read them: the same bytes again.
std::string utf8_text(std::u32string_view characters);

/// Letters without their accents: the canonical decomposition (NFD), in which marks that take no room
/// of their own are left out. "Café" becomes "Cafe".
std::string strip_accents(std::string_view utf8);

/// White space as Python's `str.split()` understands it, which includes the no-break space.
bool is_space(char32_t character);

/// Splits UTF-8 text at runs of white space, as Python's `str.split()`; no piece is empty.
std::vector<std::string_view> split_at_space(std::string_view utf8);

/// Whether a line has nothing but white space in it.
bool is_blank(std::string_view utf8);

}  // namespace lectern
