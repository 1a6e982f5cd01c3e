#include <string>

#include "tasks/text/lines.h"

namespace lectern {
namespace {

/// Length of the well-formed sequence that starts at `text[i]`; 0 if there is none.
/// (The Unicode Standard, table 3-7.)
std::size_t sequence_length(const std::string& text, std::size_t i) {
  const auto byte = [&](std::size_t k) -> unsigned {
    return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u;
  };
  const auto continues = [&](std::size_t k) { return (byte(k) & 0xC0u) == 0x80u; };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && second < 0x90;
    const bool too_large = first == 0xF4 && second > 0x8F;
    return continues(1) && continues(2) && continues(3) && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::int64_t mend_utf8(std::string& text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t length = sequence_length(text, i);
    if (length == 0) break;
    i += length;
  }
  if (i == text.size()) return 0;  // by far the most common case: nothing to copy

  std::string mended = text.substr(0, i);
  std::int64_t replaced = 0;
  while (i < text.size()) {
    const std::size_t length = sequence_length(text, i);
    if (length == 0) {
      mended += "\xEF\xBF\xBD";
      ++replaced;
      ++i;
    } else {
      mended.append(text, i, length);
      i += length;
    }
  }
  text = std::move(mended);
  return replaced;
}

}  // namespace lectern
