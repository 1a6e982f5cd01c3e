#include <fstream>

#include "tasks/text/unicode.h"
#include "tests/catch.h"

using namespace lectern;

namespace {

// What Python said: tests/reference/make_lower_case_golden.py. A line, and what becomes of it.
std::vector<std::pair<std::string, std::string>> golden() {
  std::ifstream file(std::string(LECTERN_TEST_DATA) + "/reference/lower_case.txt");
  std::vector<std::pair<std::string, std::string>> pairs;
  for (std::string line, lowered; std::getline(file, line) && std::getline(file, lowered);)
    pairs.emplace_back(line, lowered);
  return pairs;
}

std::string utf8(char32_t c) {
  const auto six_bits = [c](int shift) { return static_cast<char>(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0 | c >> 6), six_bits(0)};
  if (c < 0x10000) return {static_cast<char>(0xE0 | c >> 12), six_bits(6), six_bits(0)};
  return {static_cast<char>(0xF0 | c >> 18), six_bits(12), six_bits(6), six_bits(0)};
}

}  // namespace

TEST_CASE("lower case equals Python's", "[unicode]") {
  REQUIRE(golden().size() == 43);
  for (const auto& [line, lowered] : golden()) CHECK(lower_case(line) == lowered);
}

TEST_CASE("a letter that Python does not lower stays", "[unicode]") {
  const std::u32string capitals = code_points(golden()[0].first);
  int changed = 0;
  for (char32_t c = 1; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    const std::string letter = utf8(c);
    changed += lower_case(letter) != letter;
  }
  CHECK(capitals.size() == 2 * 1433 - 1);  // with the spaces between them
  CHECK(changed == 1433);
}

TEST_CASE("a byte that is no UTF-8 is a character of its own", "[unicode]") {
  CHECK(code_points("a\xC3(") == std::u32string{U'a', 0xDCC3, U'('});
  CHECK(code_points("\xC0\xAF") == std::u32string{0xDCC0, 0xDCAF});              // overlong
  CHECK(code_points("\xED\xA0\x80") == std::u32string{0xDCED, 0xDCA0, 0xDC80});  // surrogate
  CHECK(code_points("\xF0\x9F\x8D") == std::u32string{0xDCF0, 0xDC9F, 0xDC8D});  // cut
  CHECK(code_points("\xF0\x9F\x8D\x95") == U"\U0001F355");
  CHECK(lower_case("A\xFF\xC3Z") == "a\xFF\xC3z");
}

TEST_CASE("white space is what Python takes for it", "[unicode]") {
  for (const char* blank : {"", " ", "\t \v\f\r", "\u00A0", "\u3000", "\u2003\u205F", "\x1C"})
    CHECK(is_blank(blank));
  for (const char* text : {"a", " a ", "\u200B", "\xA0", "\u3000.\u3000"})
    CHECK_FALSE(is_blank(text));
}
