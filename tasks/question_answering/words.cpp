#include "tasks/question_answering/words.h"

#include "tasks/text/unicode.h"

namespace lectern {
namespace {

/// Of a character that is no white space.
enum class Piece { letters, digits, sign };

Piece piece_of(char32_t character) {
  switch (kind_of(character)) {
    case CharacterKind::letter:
    case CharacterKind::mark: return Piece::letters;
    case CharacterKind::number: return Piece::digits;
    case CharacterKind::punctuation:
    case CharacterKind::symbol:
    case CharacterKind::separator:
    case CharacterKind::other: break;
  }
  return Piece::sign;
}

WordShape shape_of(Piece piece, std::string_view written, const std::string& lower) {
  switch (piece) {
    case Piece::letters: return written == lower ? WordShape::plain : WordShape::capitalised;
    case Piece::digits: return WordShape::number;
    case Piece::sign: break;
  }
  return WordShape::sign;
}

bool ends_sentence(std::string_view word) { return word == "." || word == "!" || word == "?"; }

bool closes(std::string_view word) {
  return word == "\"" || word == "'" || word == ")" || word == "]" || word == "”" || word == "’";
}

}  // namespace

std::vector<PassageWord> words_of(std::string_view text) {
  std::vector<PassageWord> words;
  std::vector<Piece> pieces;
  std::size_t at = 0;
  for (const char32_t character : code_points(text)) {
    // A byte that is no UTF-8 is one code point here, and a word of one byte.
    const bool stray = character >= 0xDC80 && character <= 0xDCFF;
    const std::size_t size = stray ? 1 : utf8_text({&character, 1}).size();
    if (!is_space(character)) {
      const Piece piece = piece_of(character);
      const bool goes_on = piece != Piece::sign && !words.empty() && words.back().end == at &&
                           pieces.back() == piece;
      if (!goes_on) {
        words.push_back({.begin = at});
        pieces.push_back(piece);
      }
      words.back().end = at + size;
    }
    at += size;
  }
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view written = text.substr(words[i].begin, words[i].end - words[i].begin);
    words[i].lower = lower_case(written);
    words[i].shape = shape_of(pieces[i], written, words[i].lower);
  }
  return words;
}

std::vector<WordRange> sentences_of(std::string_view text, const std::vector<PassageWord>& words) {
  std::vector<WordRange> sentences;
  std::size_t begin = 0;
  bool ended = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = text.substr(words[i].begin, words[i].end - words[i].begin);
    ended = ends_sentence(word) || (ended && closes(word));
    const bool last = i + 1 == words.size();
    const bool apart = last || (ended && words[i + 1].begin > words[i].end &&
                                words[i + 1].shape != WordShape::plain);
    if (!apart) continue;
    sentences.push_back({begin, i + 1});
    begin = i + 1;
    ended = false;
  }
  return sentences;
}

std::string_view text_of(std::string_view text, const std::vector<PassageWord>& words,
                         WordRange range) {
  if (range.begin >= range.end) return {};
  const std::size_t begin = words[range.begin].begin;
  return text.substr(begin, words[range.end - 1].end - begin);
}

}  // namespace lectern
