#pragma once

#include <cmath>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string>

// How what a program printed is compared with the text that is expected of it: word by word, numbers
// with a tolerance.

/// How far numbers of a line may be off. The line of the expected text says it at its end, in marks
/// that nobody prints: `loss 0.31 ⟨±2%⟩`, `⟨±0.01⟩`, or `⟨any⟩` where only the words count, as with a
/// time, or `⟨any words⟩` where another processor draws others. Without a mark a number may be off by one
/// in its last printed digit.
struct Tolerance {
  double relative = 0.0, absolute = 0.0;
  bool any = false, any_words = false, last_digit = false;
};

/// A line of an expected text, and what it says of its numbers.
struct ExpectedLine {
  std::string words;
  Tolerance tolerance;
};

inline constexpr const char *tolerance_opens = "⟨", *tolerance_closes = "⟩";

/// \return nothing where the mark cannot be read
inline std::optional<ExpectedLine> read_expected(const std::string& line,
                                                 const Tolerance& otherwise) {
  const std::size_t begin = line.rfind(tolerance_opens);
  if (begin == line.npos) return ExpectedLine{line, otherwise};
  std::string mark = line.substr(begin + 3);
  if (!mark.ends_with(tolerance_closes)) return std::nullopt;
  mark.erase(mark.size() - 3);
  ExpectedLine expected{line.substr(0, line.find_last_not_of(' ', begin - 1) + 1), {}};
  if (mark == "any" || mark == "any words") {
    (mark == "any" ? expected.tolerance.any : expected.tolerance.any_words) = true;
    return expected;
  }
  if (!mark.starts_with("±")) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(mark.c_str() + 2, &end);
  const std::string unit = end;
  if (unit == "%")
    expected.tolerance.relative = value / 100;
  else if (unit.empty())
    expected.tolerance.absolute = value;
  else
    return std::nullopt;
  return expected;
}

/// One in the last digit of a number as it is printed: 0.01 of `3.14`, 1 of `12`, 0.1e-6 of `1.2e-6`.
inline double last_digit_of(const std::string& number) {
  const std::size_t exponent_at = number.find_first_of("eE");
  const std::string mantissa = number.substr(0, exponent_at);
  const std::size_t point = mantissa.find('.');
  double digit = point == mantissa.npos
                     ? 1
                     : std::pow(10.0, -static_cast<double>(mantissa.size() - point - 1));
  if (exponent_at != number.npos)
    digit *= std::pow(10.0, std::strtod(number.c_str() + exponent_at + 1, nullptr));
  return digit;
}

inline bool same_word(const std::string& got, const std::string& expected,
                      const Tolerance& tolerance) {
  if (got == expected) return true;
  char *end = nullptr, *expected_end = nullptr;
  const double a = std::strtod(got.c_str(), &end), b = std::strtod(expected.c_str(), &expected_end);
  if (end == got.c_str() || expected_end == expected.c_str()) return false;
  if (std::string(end) != expected_end) return false;  // `12ms` and `12s`
  if (tolerance.any) return true;
  double room = std::max(tolerance.relative * std::abs(b), tolerance.absolute);
  const std::string digits =
      expected.substr(0, static_cast<std::size_t>(expected_end - expected.c_str()));
  if (tolerance.last_digit && digits.find_first_of(".e") != digits.npos)
    room = 1.001 * last_digit_of(digits);
  return std::abs(a - b) <= room;
}

/// Brackets and commas stand apart from the numbers that they enclose.
inline std::string with_spaces(std::string line) {
  for (char& c : line)
    if (c == '[' || c == ']' || c == ',' || c == '(' || c == ')' || c == '=') c = ' ';
  return line;
}

inline bool same_line(const std::string& got, const ExpectedLine& expected) {
  if (expected.tolerance.any_words) return true;
  std::istringstream a(with_spaces(got)), b(with_spaces(expected.words));
  std::string word, expected_word;
  while (b >> expected_word)
    if (!(a >> word) || !same_word(word, expected_word, expected.tolerance)) return false;
  return !(a >> word);
}

/// \return nothing where `output` is what `expected` says; else the first line that is another, and
///         what it should be
inline std::string first_difference(const std::string& output, const std::string& expected,
                                    const Tolerance& otherwise) {
  std::istringstream got(output), wanted(expected);
  std::string line, expected_line;
  for (int number = 1;; ++number) {
    const bool more = static_cast<bool>(std::getline(got, line));
    const bool expected_more = static_cast<bool>(std::getline(wanted, expected_line));
    if (!more && !expected_more) return "";
    const std::string place = "line " + std::to_string(number) + " of what is printed ";
    if (!more) return place + "is missing: " + expected_line;
    if (!expected_more) return place + "is not expected: " + line;
    const auto readable = read_expected(expected_line, otherwise);
    if (!readable) return place + "has a tolerance that cannot be read: " + expected_line;
    if (!same_line(line, *readable))
      return place + "is\n" + line + "\nand should be\n" + expected_line;
  }
}
