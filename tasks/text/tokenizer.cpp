#include "tasks/text/tokenizer.h"

#include "tasks/failure.h"
#include "tasks/text/sentencepiece_tokenizer.h"
#include "tasks/text/word_tokenizer.h"

namespace lectern {

std::unique_ptr<Tokenizer> train_tokenizer(const std::vector<std::string>& lines,
                                           const TokenizerOptions& options) {
  if (lines.empty())
    throw Failure(ExitCode::data,
                  "the training text is empty: there is nothing to learn a "
                  "vocabulary from; check data.train");
  if (options.kind == TokenizerKind::word) return train_word_tokenizer(lines, options);
  return train_sentencepiece(lines, options);
}

std::unique_ptr<Tokenizer> deserialize_tokenizer(const std::string& kind,
                                                 const std::string& bytes) {
  if (kind == "word") return deserialize_word_tokenizer(bytes);
  return deserialize_sentencepiece(kind, bytes);
}

std::string cut_long_words(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  std::size_t characters = 0;  // of the word so far
  for (const char c : text) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    const bool starts_character = (static_cast<unsigned char>(c) & 0xC0u) != 0x80u;
    if (space)
      characters = 0;
    else if (starts_character)
      ++characters;
    if (characters <= Tokenizer::max_word_characters) result += c;
  }
  return result;
}

}  // namespace lectern
