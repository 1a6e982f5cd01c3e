#include "tasks/metrics/unicode.h"

namespace lectern {
namespace {

constexpr char32_t replacement = 0xFFFD;

struct Decoded {
  char32_t character;
  std::size_t bytes;
};

bool is_continuation(char byte) { return (byte & 0xC0) == 0x80; }

// The first character of text that is not empty.
Decoded decode(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < bytes) return {replacement, 1};
  char32_t character = first & (0x7F >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!is_continuation(text[i])) return {replacement, 1};
    character = character << 6 | (text[i] & 0x3F);
  }
  const bool overlong = (bytes == 3 && character < 0x800) || (bytes == 4 && character < 0x10000);
  const bool surrogate = character >= 0xD800 && character < 0xE000;
  if (overlong || surrogate || character > 0x10FFFF) return {replacement, 1};
  return {character, bytes};
}

void append(std::string& out, char32_t character) {
  const auto push = [&](char32_t byte) { out += static_cast<char>(byte); };
  const auto push_six_bits = [&](int shift) { push(0x80 | (character >> shift & 0x3F)); };
  if (character < 0x80) {
    push(character);
  } else if (character < 0x800) {
    push(0xC0 | character >> 6);
    push_six_bits(0);
  } else if (character < 0x10000) {
    push(0xE0 | character >> 12);
    push_six_bits(6);
    push_six_bits(0);
  } else {
    push(0xF0 | character >> 18);
    push_six_bits(12);
    push_six_bits(6);
    push_six_bits(0);
  }
}

// Capitals first, first + step, …, last; each has its small letter `distance` further on.
struct Capitals {
  char32_t first, last, step;
  int distance;
};

constexpr Capitals capitals[] = {
    {0x0041, 0x005A, 1, 32},    {0x00C0, 0x00D6, 1, 32},   {0x00D8, 0x00DE, 1, 32},
    {0x0100, 0x012E, 2, 1},     {0x0132, 0x0136, 2, 1},    {0x0139, 0x0147, 2, 1},
    {0x014A, 0x0176, 2, 1},     {0x0178, 0x0178, 1, -121}, {0x0179, 0x017D, 2, 1},
    {0x01CD, 0x01DB, 2, 1},     {0x01DE, 0x01EE, 2, 1},    {0x01F8, 0x021E, 2, 1},
    {0x0222, 0x0232, 2, 1},     {0x0386, 0x0386, 1, 38},   {0x0388, 0x038A, 1, 37},
    {0x038C, 0x038C, 1, 64},    {0x038E, 0x038F, 1, 63},   {0x0391, 0x03A1, 1, 32},
    {0x03A3, 0x03AB, 1, 32},    {0x0400, 0x040F, 1, 80},   {0x0410, 0x042F, 1, 32},
    {0x0460, 0x0480, 2, 1},     {0x048A, 0x04BE, 2, 1},    {0x04C0, 0x04C0, 1, 15},
    {0x04C1, 0x04CD, 2, 1},     {0x04D0, 0x052E, 2, 1},    {0x1E00, 0x1E94, 2, 1},
    {0x1E9E, 0x1E9E, 1, -7615}, {0x1EA0, 0x1EFE, 2, 1},    {0xFF21, 0xFF3A, 1, 32},
};

char32_t small_letter(char32_t character) {
  for (const Capitals& range : capitals)
    if (character >= range.first && character <= range.last)
      return (character - range.first) % range.step == 0 ? character + range.distance : character;
  return character;
}

// Whether a capital sigma after `before` and in front of `after` ends a word and becomes ς.
bool ends_word(char32_t before, char32_t after) {
  const auto is_letter = [](char32_t c) {
    return (c >= 'a' && c <= 'z') || small_letter(c) != c || (c >= 0xDF && c < 0x530 && c != 0xF7);
  };
  return is_letter(before) && !is_letter(after);
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

std::string lower_case(std::string_view utf8) {
  constexpr char32_t capital_sigma = 0x3A3, final_sigma = 0x3C2;
  constexpr char32_t dotted_capital_i = 0x130, dot_above = 0x307;
  const std::u32string characters = code_points(utf8);
  std::string out;
  out.reserve(utf8.size());
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const char32_t before = i > 0 ? characters[i - 1] : U' ';
    const char32_t after = i + 1 < characters.size() ? characters[i + 1] : U' ';
    if (characters[i] == capital_sigma && ends_word(before, after)) {
      append(out, final_sigma);
    } else if (characters[i] == dotted_capital_i) {
      append(out, 'i');
      append(out, dot_above);
    } else {
      append(out, small_letter(characters[i]));
    }
  }
  return out;
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

}  // namespace lectern
