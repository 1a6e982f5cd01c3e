#pragma once

#include <unordered_map>

#include "tasks/text/tokenizer.h"

namespace lectern {

/// Counts the words of a text as its lines come, and makes a vocabulary of them, the most frequent
/// first. Memory: the different words.
class WordCounter {
 public:
  /// \param options  of the kind word, whitespace
  explicit WordCounter(const TokenizerOptions& options) : options_(options) {}

  /// \param line  as prepare_for_tokenizer leaves it
  void add(std::string_view line);
  /// \throws Failure (data) where no word is frequent enough
  std::unique_ptr<Tokenizer> tokenizer() const;

 private:
  TokenizerOptions options_;
  std::unordered_map<std::string, std::int64_t> counts_;
};

/// The vocabulary of all lines.
std::unique_ptr<Tokenizer> train_word_tokenizer(const std::vector<std::string>& lines,
                                                const TokenizerOptions& options);
std::unique_ptr<Tokenizer> deserialize_word_tokenizer(TokenizerKind kind, const std::string& bytes,
                                                      bool lowercase);

/// "Ein Hund, rennt." → {"Ein", "Hund", ",", "rennt", "."}: split at spaces, and ASCII punctuation
/// split from the words it touches, except between two letters or digits ("it's", "1,000").
std::vector<std::string> split_words(std::string_view text);

/// The other way: words with spaces between them, but none before `.,;:!?)]}%` and none behind `([{`.
std::string join_words(const std::vector<std::string>& words);

}  // namespace lectern
