#include "tasks/text/tokenizer.h"

#include "tasks/failure.h"
#include "tasks/text/byte_level_bpe.h"
#include "tasks/text/sentencepiece_tokenizer.h"
#include "tasks/text/unicode.h"
#include "tasks/text/word_tokenizer.h"
#include "tasks/text/wordpiece_tokenizer.h"

namespace lectern {

std::unique_ptr<Tokenizer> train_tokenizer(std::vector<std::string> lines,
                                           const TokenizerOptions& options) {
  if (lines.empty())
    throw Failure(ExitCode::data,
                  "the training text is empty: there is nothing to learn a "
                  "vocabulary from; check data.train");
  for (std::string& line : lines) prepare_for_tokenizer(line, options.lowercase);
  switch (options.kind) {
    case TokenizerKind::bpe:
    case TokenizerKind::unigram: return train_sentencepiece(lines, options);
    case TokenizerKind::word:
    case TokenizerKind::whitespace: return train_word_tokenizer(lines, options);
    case TokenizerKind::byte: break;
    case TokenizerKind::wordpiece:
    case TokenizerKind::byte_level_bpe:
      throw Failure(ExitCode::usage,
                    text("tokenizer.kind = \"", name_of(options.kind),
                         "\" is that of a model from elsewhere, which `lectern import` reads; try "
                         "tokenizer.kind=bpe"));
  }
  throw Failure(ExitCode::usage,
                "tokenizer.kind = \"byte\" has no vocabulary to learn: only a language model reads "
                "bytes; try tokenizer.kind=bpe");
}

std::unique_ptr<Tokenizer> deserialize_tokenizer(const std::string& kind, const std::string& bytes,
                                                 bool lowercase) {
  for (const TokenizerKind known : {TokenizerKind::word, TokenizerKind::whitespace})
    if (kind == name_of(known)) return deserialize_word_tokenizer(known, bytes, lowercase);
  if (kind == name_of(TokenizerKind::bpe) || kind == name_of(TokenizerKind::unigram))
    return deserialize_sentencepiece(kind, bytes, lowercase);
  if (kind == name_of(TokenizerKind::wordpiece)) return read_wordpiece(bytes, lowercase).tokenizer;
  if (kind == name_of(TokenizerKind::byte_level_bpe))
    return deserialize_byte_level_bpe(bytes, lowercase).tokenizer;
  throw Failure(ExitCode::checkpoint, "the tokenizer is of the kind \"" + kind +
                                          "\", which is none of bpe, unigram, word, whitespace, "
                                          "wordpiece, byte_level_bpe");
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text, const Origin& origin) const {
  if (is_blank(text)) return {};  // whatever white space it is
  std::string prepared = lowercase_ ? lower_case(text) : std::string(text);
  if (cut_long_words(prepared)) origin.tell(long_word);
  return split(prepared);
}

void prepare_for_tokenizer(std::string& line, bool lowercase) {
  if (lowercase) line = lower_case(line);
  cut_long_words(line);
}

bool cut_long_words(std::string& text) {
  std::size_t kept = 0, characters = 0;  // bytes so far; characters of the word so far
  for (const char c : text) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    const bool starts_character = (static_cast<unsigned char>(c) & 0xC0u) != 0x80u;
    if (space)
      characters = 0;
    else if (starts_character)
      ++characters;
    if (characters <= Tokenizer::max_word_characters) text[kept++] = c;
  }
  const bool cut = kept < text.size();
  text.resize(kept);
  return cut;
}

}  // namespace lectern
