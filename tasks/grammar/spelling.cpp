#include "tasks/grammar/spelling.h"

#include <array>
#include <string_view>

namespace lectern {
namespace {

constexpr std::string_view vowels = "aeiou";

/// The keys around each letter, from a to z.
constexpr std::array<std::string_view, 26> neighbours = {
    "qsz", "vn", "xv", "sf", "wr", "dg", "fh", "gj", "uo", "hk", "jl", "kop", "n",
    "bm",  "ip", "o",  "w",  "et", "ad", "ry", "yi", "cb", "qe", "zc", "tu",  "x"};

bool is_letter(char letter) { return letter >= 'a' && letter <= 'z'; }

std::string at_neighbour(std::string word, std::size_t at, WordDraws& draws) {
  if (!is_letter(word[at])) return word;
  const std::string_view keys = neighbours[static_cast<std::size_t>(word[at] - 'a')];
  word[at] = keys[draws.below(keys.size())];
  return word;
}

std::string with_other_vowel(std::string word, WordDraws& draws) {
  const std::size_t from = draws.below(word.size());
  const std::size_t at = word.find_first_of(vowels, from);
  if (at == word.npos) return word;
  word[at] = vowels[draws.below(vowels.size())];
  return word;
}

/// A doubled letter is written once, and else one is written twice.
std::string with_other_doubling(std::string word, std::size_t at) {
  for (std::size_t i = 1; i < word.size(); ++i)
    if (word[i] == word[i - 1]) return word.erase(i, 1);
  return word.insert(at, 1, word[at]);
}

std::string with_ie_turned(std::string word) {
  for (const std::string_view pair : {"ie", "ei", "ea", "ou"})
    if (const std::size_t at = word.find(pair); at != word.npos) {
      std::swap(word[at], word[at + 1]);
      break;
    }
  return word;
}

std::string with_places_changed(std::string word, std::size_t at) {
  const std::size_t left = at + 1 < word.size() ? at : at - 1;
  std::swap(word[left], word[left + 1]);
  return word;
}

}  // namespace

std::string misspelled(const std::string& word, WordDraws& draws) {
  if (word.size() < 2) return word;
  const std::size_t way = draws.below(20);
  const std::size_t at = 1 + draws.below(word.size() - 1);  // the first letter stays
  std::string wrong = word;
  if (way < 5) return with_places_changed(word, at);
  if (way < 10) return wrong.erase(at, 1);
  if (way < 13) return with_other_doubling(word, at);
  if (way < 15) return at_neighbour(word, at, draws);
  if (way < 18) return with_other_vowel(word, draws);
  if (way < 19) return with_ie_turned(word);
  return wrong.insert(at, 1, vowels[draws.below(vowels.size())]);
}

}  // namespace lectern
