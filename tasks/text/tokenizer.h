#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/text/text_report.h"

namespace lectern {

/// Turns text into token numbers and back.
///
/// Four numbers are the same in every tokenizer: `pad`, `begin` (<s>), `end` (</s>) and `unknown`.
/// No text can spell the first three: a text that contains "<s>" is three ordinary characters.
class Tokenizer {
 public:
  static constexpr std::int32_t pad = 0, begin = 1, end = 2, unknown = 3;
  static constexpr std::int32_t special_tokens = 4;

  /// \param lowercase  every text is lower-cased before it becomes tokens
  explicit Tokenizer(bool lowercase) : lowercase_(lowercase) {}
  virtual ~Tokenizer() = default;

  /// The one road from text to the numbers that a model reads: in training, translating and
  /// scoring alike. Without <s> and </s>. Words of more than max_word_characters are cut, which
  /// `origin` is told: SentencePiece's time grows with their square.
  std::vector<std::int32_t> encode(std::string_view text, const Origin& origin = {}) const;
  /// Special tokens are left out. Throws Failure(data) for a number outside the vocabulary.
  virtual std::string decode(const std::vector<std::int32_t>& tokens) const = 0;
  virtual std::int32_t size() const = 0;
  /// How a token is written in pictures: "▁Hund".
  virtual std::string piece(std::int32_t token) const = 0;
  /// The name of a TokenizerKind, and everything deserialize_tokenizer needs.
  virtual std::string kind() const = 0;
  virtual std::string serialize() const = 0;

  static constexpr std::size_t max_word_characters = 10'000;

 protected:
  /// The tokens of a text that encode() has prepared.
  virtual std::vector<std::int32_t> split(std::string_view text) const = 0;

 private:
  bool lowercase_;
};

enum class TokenizerKind {
  bpe,
  unigram,
  word,        ///< words, and punctuation marks split from them
  whitespace,  ///< what stands between white space, as it is; the word `<unk>` is the unknown token
  byte,        ///< no tokenizer: a task that can reads the bytes of a text
  // Those of models from elsewhere, which nothing here learns:
  wordpiece,       ///< BERT's: pieces of words, the longest that fit (wordpiece_tokenizer.h)
  byte_level_bpe,  ///< GPT-2's: pairs of bytes, joined in their order (byte_level_bpe.h)
};

/// Whether a vocabulary of this kind consists of whole words.
constexpr bool is_of_words(TokenizerKind kind) {
  return kind == TokenizerKind::word || kind == TokenizerKind::whitespace;
}

constexpr std::string_view name_of(TokenizerKind kind) {
  switch (kind) {
    case TokenizerKind::bpe: return "bpe";
    case TokenizerKind::unigram: return "unigram";
    case TokenizerKind::word: return "word";
    case TokenizerKind::whitespace: return "whitespace";
    case TokenizerKind::byte: return "byte";
    case TokenizerKind::wordpiece: return "wordpiece";
    case TokenizerKind::byte_level_bpe: return "byte_level_bpe";
  }
  return {};
}

struct TokenizerOptions {
  TokenizerKind kind = TokenizerKind::bpe;
  std::int32_t vocab_size = 8000;   ///< special tokens included; an upper bound for words
  double character_coverage = 1.0;  ///< share of all characters that get tokens of their own
  std::int32_t min_frequency = 1;   ///< "word", "whitespace": rarer words become unknown
  bool lowercase = false;           ///< learn from, and encode, lower-cased text
};

/// Learns a tokenizer from lines of text. Subwords are learned by SentencePiece (Kudo and Richardson
/// 2018): byte-pair encoding (Sennrich et al. 2016) or a unigram language model (Kudo 2018).
/// Throws Failure(data) when the text cannot give a vocabulary of this size, with the possible range,
/// and Failure(usage) for bytes, which have none, and for the kinds that models from elsewhere have.
std::unique_ptr<Tokenizer> train_tokenizer(std::vector<std::string> lines,
                                           const TokenizerOptions& options);

/// Makes a tokenizer from what serialize() wrote. The caller has verified the bytes' checksum:
/// SentencePiece crashes on damaged ones.
std::unique_ptr<Tokenizer> deserialize_tokenizer(const std::string& kind, const std::string& bytes,
                                                 bool lowercase = false);

/// What a line goes through before a vocabulary is learned from it.
void prepare_for_tokenizer(std::string& line, bool lowercase);

/// Cuts every word of more than Tokenizer::max_word_characters to that length. False: there is none.
bool cut_long_words(std::string& text);

}  // namespace lectern
