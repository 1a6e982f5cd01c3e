#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lectern {

/// Code points of UTF-8 text. A byte that belongs to no well-formed character becomes U+FFFD.
std::u32string code_points(std::string_view utf8);

/// Lower-cases UTF-8 text as Python's `str.lower()` does for Latin, Greek, Cyrillic and full-width
/// letters; other letters, which have no case in most scripts, stay as they are. It is independent
/// of the locale, unlike `towlower`.
std::string lower_case(std::string_view utf8);

/// White space as Python's `str.split()` understands it, which includes the no-break space.
bool is_space(char32_t character);

/// Splits UTF-8 text at runs of white space, as Python's `str.split()`; no piece is empty.
std::vector<std::string_view> split_at_space(std::string_view utf8);

}  // namespace lectern
