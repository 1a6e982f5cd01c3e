#include "tasks/grammar/sentences.h"

#include <algorithm>
#include <array>

#include "tasks/grammar/words.h"
#include "tasks/text/unicode.h"

namespace lectern {
namespace {

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

std::string without_marks(std::string text) {
  for (const std::string_view mark : {"-", ",", "."})
    replace_all(text, " @" + std::string(mark) + "@ ", mark);
  replace_all(text, "n 't ", " n't ");
  for (const std::string_view quote : {"“", "”", "„"}) replace_all(text, quote, "\"");
  for (const std::string_view quote : {"‘", "’"}) replace_all(text, quote, "'");
  return text;
}

bool is_title(std::string_view word) {
  static constexpr std::array<std::string_view, 16> titles = {
      "Mr.", "Mrs.", "Ms.", "Dr.", "St.",  "Prof.", "Jr.",  "Sr.",
      "Lt.", "Col.", "vs.", "No.", "Gen.", "Capt.", "etc.", "e.g."};
  const bool initial = word.size() == 2 && is_capitalised(word) && word[1] == '.';
  return initial || std::ranges::find(titles, word) != titles.end();
}

bool ends_sentence(std::string_view word) {
  while (word.size() > 1 && std::string_view("\"')").find(word.back()) != word.npos)
    word.remove_suffix(1);
  return word.ends_with('.') || word.ends_with('!') || word.ends_with('?');
}

bool closes(std::string_view word) { return word == "\"" || word == "''" || word == ")"; }

bool begins_sentence(std::string_view word) {
  while (!word.empty() && std::string_view("\"'`(").find(word.front()) != word.npos)
    word.remove_prefix(1);
  return is_capitalised(word) || (!word.empty() && word.front() >= '0' && word.front() <= '9');
}

bool is_small(char letter) { return letter >= 'a' && letter <= 'z'; }

bool is_sentence(const std::vector<std::string>& words) {
  if (words.size() < 3 || words.size() > 80 || !begins_sentence(words.front())) return false;
  if (!ends_sentence(words.back()) && !closes(words.back())) return false;
  const std::string line = with_blanks(words);
  if (line.find("<unk>") != line.npos) return false;
  const auto small = std::ranges::count_if(line, is_small);
  const auto letters = std::ranges::count_if(
      line, [](char letter) { return is_small(letter) || (letter >= 'A' && letter <= 'Z'); });
  return letters > 0 && 2 * small >= letters;
}

}  // namespace

std::vector<std::string> sentences_of(const std::string& paragraph) {
  const std::string text = without_marks(paragraph);
  const std::vector<std::string_view> words = split_at_space(text);
  std::vector<std::string> sentences, sentence;
  for (std::size_t i = 0; i < words.size(); ++i) {
    sentence.emplace_back(words[i]);
    const bool last = i + 1 == words.size();
    if (!last && closes(words[i + 1])) continue;  // a quote that is a word by itself ends it
    const bool ends = ends_sentence(words[i]) && !is_title(words[i]);
    const bool ended = closes(words[i]) && i > 0 && ends_sentence(words[i - 1]);
    if (!last && !((ends || ended) && begins_sentence(words[i + 1]))) continue;
    if (is_sentence(sentence)) sentences.push_back(with_blanks(sentence));
    sentence.clear();
  }
  return sentences;
}

}  // namespace lectern
