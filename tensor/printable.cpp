#include "tensor/printable.h"

namespace lectern {
namespace {

constexpr const char* digits = "0123456789abcdef";

std::string spelled(char control) {
  if (control == '\n') return "\\n";
  if (control == '\t') return "\\t";
  const auto byte = static_cast<unsigned char>(control);
  return {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
}

/// Length of a character of UTF-8 at the start of `text` that must not be shown, or 0: a control
/// character above ASCII (U+0080 to U+009F), or a mark of direction (U+202A to U+202E, U+2066 to
/// U+2069).
std::size_t hidden_character(std::string_view text) {
  const auto between = [&](std::size_t i, int low, int high) {
    const int byte = i < text.size() ? static_cast<unsigned char>(text[i]) : -1;
    return low <= byte && byte <= high;
  };
  if (between(0, 0xc2, 0xc2) && between(1, 0x80, 0x9f)) return 2;
  const bool embedding = between(1, 0x80, 0x80) && between(2, 0xaa, 0xae);
  const bool isolate = between(1, 0x81, 0x81) && between(2, 0xa6, 0xa9);
  return between(0, 0xe2, 0xe2) && (embedding || isolate) ? 3 : 0;
}

std::string spelled(std::string_view character) {
  unsigned code = static_cast<unsigned char>(character[0]) & (character.size() == 2 ? 0x1f : 0x0f);
  for (const char c : character.substr(1))
    code = code << 6 | (static_cast<unsigned char>(c) & 0x3f);
  std::string result = "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) result += digits[code >> shift & 15];
  return result;
}

}  // namespace

std::string printable(std::string_view text, std::string_view kept) {
  std::string shown;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (const std::size_t length = hidden_character(text.substr(i)); length > 0) {
      shown += spelled(text.substr(i, length));
      i += length;
      continue;
    }
    if (control && kept.find(c) == std::string_view::npos)
      shown += spelled(c);
    else
      shown += c;
    ++i;
  }
  return shown;
}

}  // namespace lectern
