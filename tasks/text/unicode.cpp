#include "tasks/text/unicode.h"

#include <utf8proc.h>

#include <algorithm>

namespace lectern {
namespace {

constexpr char32_t escaped_byte = 0xDC00;

bool is_escaped(char32_t character) { return character >> 8 == escaped_byte >> 8; }

struct Decoded {
  char32_t character;
  std::size_t bytes;
};

// The first character of text that is not empty.
Decoded decode(std::string_view text) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  if (bytes[0] < 0x80) return {bytes[0], 1};
  utf8proc_int32_t character = 0;
  const auto size = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &character);
  if (size < 1) return {escaped_byte + bytes[0], 1};
  return {static_cast<char32_t>(character), static_cast<std::size_t>(size)};
}

void append(std::string& out, char32_t character) {
  utf8proc_uint8_t bytes[4] = {static_cast<utf8proc_uint8_t>(character)};
  const auto size = is_escaped(character)
                        ? 1
                        : utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

// The property Cased of the Unicode Standard: letters that have a case, and a few symbols.
bool is_cased(char32_t c) {
  const auto point = static_cast<utf8proc_int32_t>(c);
  switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT: return true;
    default: break;
  }
  const bool ordinal = c == 0xAA || c == 0xBA;
  const bool squared = (c >= 0x1F130 && c <= 0x1F149) || (c >= 0x1F150 && c <= 0x1F169) ||
                       (c >= 0x1F170 && c <= 0x1F189);
  return ordinal || squared || utf8proc_tolower(point) != point || utf8proc_toupper(point) != point;
}

// The property Case_Ignorable: marks, signs and the punctuation that stands inside words.
bool is_case_ignorable(char32_t c) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK: return true;
    default: break;
  }
  return std::u32string_view(
             U"'.:\u00B7\u0387\u055F\u05F4\u2018\u2019\u2024\u2027\uFE13\uFE52"
             U"\uFE55\uFF07\uFF0E\uFF1A")
             .find(c) != std::u32string_view::npos;
}

// Whether the capital sigma at `i` ends a word and becomes ς (the condition Final_Sigma).
bool ends_word(const std::u32string& text, std::size_t i) {
  const auto counts = [](char32_t c) { return !is_case_ignorable(c); };
  const auto here = text.begin() + static_cast<std::ptrdiff_t>(i);
  const auto before = std::find_if(std::make_reverse_iterator(here), text.rend(), counts);
  const auto after = std::find_if(here + 1, text.end(), counts);
  return before != text.rend() && is_cased(*before) && (after == text.end() || !is_cased(*after));
}

}  // namespace

std::u32string code_points(std::string_view utf8) {
  std::u32string out;
  out.reserve(utf8.size());
  while (!utf8.empty()) {
    const Decoded next = decode(utf8);
    out += next.character;
    utf8.remove_prefix(next.bytes);
  }
  return out;
}

std::int64_t mend_utf8(std::string& text) {
  std::string mended;
  std::int64_t replaced = 0;
  std::size_t kept = 0;  // up to there `mended` has the text; without a bad byte nothing is copied
  for (std::size_t i = 0; i < text.size();) {
    const Decoded next = decode(std::string_view(text).substr(i));
    if (is_escaped(next.character)) {
      mended.append(text, kept, i - kept).append("\uFFFD");
      kept = i + 1;
      ++replaced;
    }
    i += next.bytes;
  }
  if (replaced > 0) text = mended.append(text, kept);
  return replaced;
}

std::string lower_case(std::string_view utf8) {
  constexpr char32_t capital_sigma = 0x3A3, dotted_capital_i = 0x130;
  const std::u32string characters = code_points(utf8);
  std::string out;
  out.reserve(utf8.size());
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const char32_t c = characters[i];
    if (c == capital_sigma && ends_word(characters, i))
      out += "ς";
    else if (c == dotted_capital_i)
      out += "i\u0307";
    else
      append(out, is_escaped(c)
                      ? c
                      : static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
  }
  return out;
}

CharacterKind kind_of(char32_t character) {
  if (is_escaped(character)) return CharacterKind::other;
  switch (utf8proc_category_string(static_cast<utf8proc_int32_t>(character))[0]) {
    case 'L': return CharacterKind::letter;
    case 'M': return CharacterKind::mark;
    case 'N': return CharacterKind::number;
    case 'P': return CharacterKind::punctuation;
    case 'S': return CharacterKind::symbol;
    case 'Z': return CharacterKind::separator;
    default: return CharacterKind::other;
  }
}

std::string utf8_text(std::u32string_view characters) {
  std::string out;
  for (const char32_t character : characters) append(out, character);
  return out;
}

std::string strip_accents(std::string_view utf8) {
  constexpr int most = 32;  // of one character; the standard's longest decomposition has four
  std::u32string kept;
  for (const char32_t c : code_points(utf8)) {
    utf8proc_int32_t parts[most] = {static_cast<utf8proc_int32_t>(c)};
    int boundary = 0;
    const auto count = is_escaped(c) ? 1
                                     : utf8proc_decompose_char(parts[0], parts, most,
                                                               UTF8PROC_DECOMPOSE, &boundary);
    for (int i = 0; i < count; ++i)
      if (is_escaped(c) || utf8proc_category(parts[i]) != UTF8PROC_CATEGORY_MN)
        kept += static_cast<char32_t>(parts[i]);
  }
  return utf8_text(kept);
}

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

std::vector<std::string_view> split_at_space(std::string_view utf8) {
  std::vector<std::string_view> words;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < utf8.size();) {
    const Decoded next = decode(utf8.substr(i));
    if (is_space(next.character)) {
      if (i > begin) words.push_back(utf8.substr(begin, i - begin));
      begin = i + next.bytes;
    }
    i += next.bytes;
  }
  if (begin < utf8.size()) words.push_back(utf8.substr(begin));
  return words;
}

bool is_blank(std::string_view utf8) {
  while (!utf8.empty()) {
    const Decoded next = decode(utf8);
    if (!is_space(next.character)) return false;
    utf8.remove_prefix(next.bytes);
  }
  return true;
}

}  // namespace lectern
