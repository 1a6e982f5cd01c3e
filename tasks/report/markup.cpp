#include "tasks/report/markup.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace lectern {
namespace {

constexpr std::string_view space_mark = "▁";
constexpr std::string_view replacement = "\uFFFD";

/// Bytes of the valid UTF-8 character at the front of `text`; 0 when there is none.
size_t character_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) > 0x9F;
  const bool too_large = lead == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || too_large ? 0 : length;
}

std::string_view entity(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return {};
  }
}

/// `value` with `decimals` digits after the point, without trailing zeros.
std::string fixed(double value, int decimals) {
  char digits[400];
  const auto end =
      std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, decimals).ptr;
  std::string out(digits, end);
  if (out.find('.') != std::string::npos) {
    while (out.back() == '0') out.pop_back();
    if (out.back() == '.') out.pop_back();
  }
  return out == "-0" ? "0" : out;
}

/// `12345.6` as `12,345.6`.
std::string with_commas(std::string number) {
  const size_t point = std::min(number.find('.'), number.size());
  const size_t first_digit = number[0] == '-' ? 1 : 0;
  for (size_t i = point; i > first_digit + 3;) number.insert(i -= 3, 1, ',');
  return number;
}

/// `-5` as `⁻⁵`.
std::string superscript(int exponent) {
  static constexpr std::string_view digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string out = exponent < 0 ? "⁻" : "";
  for (const char digit : std::to_string(std::abs(exponent))) out += digits[digit - '0'];
  return out;
}

std::string scientific(double value, int significant) {
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, value,
                                 std::chars_format::scientific, significant - 1)
                       .ptr;
  const std::string_view written(digits, end - digits);
  const size_t e = written.find('e');
  std::string mantissa(written.substr(0, e));
  if (mantissa.find('.') != std::string::npos) mantissa.erase(mantissa.find_last_not_of("0.") + 1);
  int exponent = 0;
  const size_t sign = written[e + 1] == '+' ? 1 : 0;
  std::from_chars(written.data() + e + 1 + sign, end, exponent);
  return (mantissa == "1" ? "10" : mantissa + "×10") + superscript(exponent);
}

/// Among the bytes of ASCII. Whether a plain char can be negative depends on the processor.
bool is_control(unsigned char byte) { return byte < 0x20 || byte == 0x7F; }

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const size_t length = character_length(text);
    const char c = text[0];
    const bool control = is_control(static_cast<unsigned char>(c)) && c != '\t' && c != '\n';
    if (length == 0 || control)
      out += replacement;
    else if (const std::string_view named = entity(c); !named.empty())
      out += named;
    else
      out += text.substr(0, length);
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) out += part;
  return out;
}

std::string coordinate(double value) { return std::isfinite(value) ? fixed(value, 2) : "0"; }

std::string readable(double value, int significant) {
  if (std::isnan(value)) return "–";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  if (value == 0) return "0";
  if (value < 0) return joined({"−", readable(-value, significant)});
  if (value < 1e-4 || value >= 1e9) return scientific(value, significant);
  if (value >= 1e6) return readable(value / 1e6, significant) + "M";
  const int before_point = static_cast<int>(std::floor(std::log10(value))) + 1;
  return with_commas(fixed(value, std::max(0, significant - before_point)));
}

std::string element(std::string_view name, std::initializer_list<Attribute> attributes,
                    std::string_view content) {
  std::string out = "<";
  out += name;
  for (const Attribute& attribute : attributes)
    ((((out += ' ') += attribute.name) += "=\"") += attribute.value) += '"';
  (((out += '>') += content) += "</") += name;
  return out += '>';
}

size_t characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

namespace {

/// The byte where character number `index` begins; the end when there are fewer.
size_t byte_of(std::string_view text, size_t index) {
  size_t byte = 0;
  for (size_t seen = 0; byte < text.size(); ++byte)
    if ((text[byte] & 0xC0) != 0x80 && seen++ == index) break;
  return byte;
}

}  // namespace

std::string_view character_at(std::string_view text, size_t index) {
  const size_t first = byte_of(text, index);
  return text.substr(first, byte_of(text, index + 1) - first);
}

std::string shorten(std::string_view text, size_t limit) {
  if (characters(text) <= limit) return std::string(text);
  return std::string(text.substr(0, byte_of(text, limit - 1))) + "…";
}

double text_width(std::string_view text, double font_size) {
  double width = 0;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if ((byte & 0xC0) == 0x80) continue;
    const bool narrow = c == 'i' || c == 'l' || c == 'j' || c == '.' || c == ',' || c == ' ';
    width += byte >= 0xE3 ? 1.0 : narrow ? 0.34 : 0.63;  // from U+3000 on, letters are square
  }
  return width * font_size;
}

bool begins_word(std::string_view token) { return token.starts_with(space_mark); }

std::string_view without_space_mark(std::string_view token) {
  if (begins_word(token) && token.size() > space_mark.size())
    token.remove_prefix(space_mark.size());
  return token;
}

std::vector<std::string> readable_tokens(const std::vector<std::string>& tokens) {
  if (std::none_of(tokens.begin(), tokens.end(), begins_word)) return tokens;
  std::vector<std::string> out;
  for (const std::string& token : tokens) {
    const auto first = static_cast<uint8_t>(token.empty() ? ' ' : token[0]);
    const bool letter = first >= 0x80 || std::isalpha(first);
    out.push_back(letter && !begins_word(token) ? "-" + token
                                                : std::string(without_space_mark(token)));
  }
  return out;
}

}  // namespace lectern
