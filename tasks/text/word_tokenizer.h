#pragma once

#include "tasks/text/tokenizer.h"

namespace lectern {

/// A vocabulary of whole words and punctuation marks, the most frequent first.
std::unique_ptr<Tokenizer> train_word_tokenizer(const std::vector<std::string>& lines,
                                                const TokenizerOptions& options);
std::unique_ptr<Tokenizer> deserialize_word_tokenizer(const std::string& bytes, bool lowercase);

/// "Ein Hund, rennt." → {"Ein", "Hund", ",", "rennt", "."}: split at spaces, and ASCII punctuation
/// split from the words it touches, except between two letters or digits ("it's", "1,000").
std::vector<std::string> split_words(std::string_view text);

/// The other way: words with spaces between them, but none before `.,;:!?)]}%` and none behind `([{`.
std::string join_words(const std::vector<std::string>& words);

}  // namespace lectern
