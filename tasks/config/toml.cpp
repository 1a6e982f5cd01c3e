#include "tasks/config/toml.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>

#include "tasks/failure.h"

namespace lectern {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '-';
}
bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

/// `1_000` as `1000`; an underscore that is not between two digits stays.
std::string without_underscores(const std::string& word) {
  std::string plain;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool inside = i > 0 && i + 1 < word.size();
    const bool separator =
        inside && is_digit(word[i - 1]) && word[i] == '_' && is_digit(word[i + 1]);
    if (!separator) plain += word[i];
  }
  return plain;
}

/// What a word without quotes stands for.
Value bare_value(const std::string& word) {
  if (word == "true" || word == "false") return word == "true";
  const std::string plain = without_underscores(word);
  std::int64_t whole = 0;
  double number = 0;
  if (parse_number(plain, whole)) return whole;
  if (parse_number(plain, number)) return number;
  return Unreadable{excerpt(word)};
}

/// The bytes of a character in UTF-8; none for what is no character.
std::string encode_utf8(std::uint32_t c) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xc0 | (c >> 6)), tail(0)};
  if (c >= 0xd800 && c < 0xe000) return {};  // half of a UTF-16 pair
  if (c < 0x10000) return {static_cast<char>(0xe0 | (c >> 12)), tail(6), tail(0)};
  if (c < 0x110000) return {static_cast<char>(0xf0 | (c >> 18)), tail(12), tail(6), tail(0)};
  return {};
}

/// Reads a text from its first character to its last, once.
class TomlReader {
 public:
  TomlReader(const std::string& toml, const std::string& name) : toml_(toml), name_(name) {}

  std::vector<TomlEntry> read() {
    check_utf8();
    if (toml_.starts_with("\xef\xbb\xbf")) at_ = 3;  // byte order mark
    while (true) {
      skip_blank_lines();
      if (at_ == toml_.size()) return std::move(entries_);
      if (peek() == '[')
        read_header();
      else
        read_pair();
      end_line();
    }
  }

 private:
  [[noreturn]] void fail(const std::string& problem, const std::string& advice) const {
    throw Failure(ExitCode::usage, text(name_, ":", line_, ": ", problem, "; try ", advice));
  }

  /// For text that is not what TOML has at this place: shows it up to the end of the line.
  [[noreturn]] void fail_here(const std::string& expected, const std::string& advice) const {
    const std::string rest = toml_.substr(at_, toml_.find('\n', at_) - at_);
    fail("expected " + expected + ", but found " + (rest.empty() ? "nothing" : excerpt(rest)),
         advice);
  }

  /// The next character; 0 at the end.
  char peek() const { return at_ < toml_.size() ? toml_[at_] : '\0'; }

  bool take(char wanted) {
    const bool there = at_ < toml_.size() && toml_[at_] == wanted;
    if (there) ++at_;
    return there;
  }

  void skip_spaces() {
    while (peek() == ' ' || peek() == '\t') ++at_;
  }

  /// Goes to the end of the line if only spaces and a comment are left.
  void skip_comment() {
    skip_spaces();
    if (peek() == '#') at_ = std::min(toml_.find('\n', at_), toml_.size());
    if (peek() == '\r') ++at_;
  }

  void skip_blank_lines() {
    for (skip_comment(); take('\n'); skip_comment()) ++line_;
  }

  void end_line() {
    skip_comment();
    if (at_ < toml_.size() && peek() != '\n')
      fail_here("the end of the line", "KEY = VALUE, one a line, text in \"quotes\"");
  }

  void check_utf8() {
    std::istringstream lines(toml_);
    for (std::string row; std::getline(lines, row); ++line_)
      if (!is_utf8(row)) fail("bytes that are not UTF-8", "saving the file as UTF-8");
    line_ = 1;
  }

  void read_header() {
    ++at_;
    const std::string name = read_key();
    if (!take(']')) fail_here("] after [" + excerpt(name), "[model]");
    table_ = name + ".";
    add({name, false, true, line_});
  }

  void read_pair() {
    const std::string key = table_ + read_key();
    const int line = line_;
    if (!take('=')) fail_here("= after " + excerpt(key), "KEY = VALUE");
    skip_spaces();
    add({key, peek() == '[' ? read_list(key) : read_scalar(key), false, line});
  }

  void add(TomlEntry entry) {
    const auto [earlier, is_new] = lines_.emplace(entry.key, entry.line);
    if (!is_new)
      fail(text(excerpt(entry.key), " is there twice, first in line ", earlier->second),
           "one of them");
    entries_.push_back(std::move(entry));
  }

  /// `name`, `"any name"`, `a.b . c`
  std::string read_key() {
    std::string key;
    do {
      skip_spaces();
      const bool quoted = peek() == '"' || peek() == '\'';
      const std::size_t begin = at_;
      if (quoted)
        key += read_string();
      else
        while (is_bare(peek())) key += toml_[at_++];
      if (at_ == begin) fail_here("the name of a key", "KEY = VALUE or [TABLE]");
      skip_spaces();
      if (peek() == '.') key += '.';
    } while (take('.'));
    return key;
  }

  Value read_scalar(const std::string& key) {
    if (peek() == '"' || peek() == '\'') return read_string();
    const std::size_t begin = at_;
    while (is_bare(peek()) || peek() == '+' || peek() == '.' || peek() == ':') ++at_;
    if (at_ == begin)
      fail_here("a number, true, false, \"text\" or [a list] for " + excerpt(key),
                "text in \"quotes\"");
    return bare_value(toml_.substr(begin, at_ - begin));
  }

  /// `[0.9, 0.98]`, over several lines if need be.
  Value read_list(const std::string& key) {
    std::vector<double> numbers;
    ++at_;
    for (skip_blank_lines(); !take(']'); skip_blank_lines()) {
      const Value item = read_scalar(key);
      const auto* whole = std::get_if<std::int64_t>(&item);
      const auto* number = std::get_if<double>(&item);
      if (!whole && !number) fail("a list holds numbers, not " + excerpt(to_toml(item)), "[1, 2]");
      numbers.push_back(whole ? static_cast<double>(*whole) : *number);
      skip_blank_lines();
      if (!take(',') && peek() != ']') fail_here(", or ] in a list", "[1, 2]");
    }
    return numbers;
  }

  /// `"with \n escapes"` or `'without'`
  std::string read_string() {
    const char quote = toml_[at_++];
    std::string content;
    while (!take(quote)) {
      if (at_ == toml_.size() || is_control(peek()))
        fail("a text without its closing " + std::string(1, quote), "\"text\" on one line");
      if (quote == '"' && take('\\'))
        content += read_escape();
      else
        content += toml_[at_++];
    }
    return content;
  }

  /// What follows a backslash.
  std::string read_escape() {
    constexpr std::string_view letters = "btnfr\"\\", meanings = "\b\t\n\f\r\"\\";
    const std::size_t which = letters.find(peek());
    const int digits = peek() == 'u' ? 4 : peek() == 'U' ? 8 : 0;
    if (which == letters.npos && digits == 0)
      fail_here("n, t, r, b, f, u, \", or \\ after a backslash", "'text' in single quotes");
    ++at_;
    if (digits == 0) return {meanings[which]};
    std::uint32_t character = 0;
    const std::string hex = toml_.substr(at_, static_cast<std::size_t>(digits));
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), character, 16);
    const std::string bytes = encode_utf8(character);
    if (error != std::errc() || end != hex.data() + digits || bytes.empty())
      fail_here("the number of a character in hexadecimal digits", "\\u00e4");
    at_ += hex.size();
    return bytes;
  }

  const std::string& toml_;
  const std::string& name_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::string table_;  ///< what the keys begin with: `model.`
  std::vector<TomlEntry> entries_;
  std::map<std::string, int> lines_;  ///< where each key and table is
};

}  // namespace

std::vector<TomlEntry> read_toml(const std::string& toml, const std::string& name) {
  return TomlReader(toml, name).read();
}

}  // namespace lectern
