#include "tasks/metrics/squad_score.h"

#include <algorithm>
#include <map>

#include "tasks/text/unicode.h"
#include "tensor/check.h"

namespace lectern {
namespace {

/// Python's string.punctuation.
bool is_ascii_punctuation(char32_t c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

/// Python's \w, without the underscore, which is punctuation and has gone before.
bool is_of_word(char32_t c) {
  const CharacterKind kind = kind_of(c);
  return kind == CharacterKind::letter || kind == CharacterKind::number;
}

/// Each article becomes a space: Python's re.sub(r"\b(a|an|the)\b", " ", text).
std::u32string without_articles(const std::u32string& text) {
  std::u32string kept;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && is_of_word(text[end])) ++end;
    const std::u32string_view word = std::u32string_view(text).substr(i, end - i);
    if (word == U"a" || word == U"an" || word == U"the")
      kept += U' ';
    else
      kept += word;
    if (end == i) kept += text[end++];
    i = end;
  }
  return kept;
}

AnswerScore score_pair(const std::string& said, const std::string& wanted) {
  const auto words = split_at_space(said), right = split_at_space(wanted);
  std::map<std::string_view, std::int64_t> left;
  for (const std::string_view word : right) ++left[word];
  std::int64_t same = 0;
  for (const std::string_view word : words)
    if (left[word]-- > 0) ++same;
  AnswerScore score{.exact = said == wanted};
  if (same == 0) return score;
  const double precision = static_cast<double>(same) / static_cast<double>(words.size());
  const double recall = static_cast<double>(same) / static_cast<double>(right.size());
  score.f1 = 2 * precision * recall / (precision + recall);
  return score;
}

}  // namespace

std::string normalized_answer(std::string_view answer) {
  std::u32string characters = code_points(lower_case(answer));
  std::erase_if(characters, is_ascii_punctuation);
  const std::string text = utf8_text(without_articles(characters));
  std::string joined;
  for (const std::string_view word : split_at_space(text)) {
    if (!joined.empty()) joined += ' ';
    joined += word;
  }
  return joined;
}

AnswerScore score_answer(std::string_view answer, const std::vector<std::string>& references) {
  check(!references.empty(), "an answer cannot be scored without a right one");
  const std::string said = normalized_answer(answer);
  AnswerScore best;
  for (const std::string& reference : references) {
    const AnswerScore score = score_pair(said, normalized_answer(reference));
    best.f1 = std::max(best.f1, score.f1);
    best.exact = best.exact || score.exact;
  }
  return best;
}

}  // namespace lectern
