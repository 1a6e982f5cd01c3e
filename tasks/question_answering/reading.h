#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tasks/question_answering/settings.h"
#include "tasks/question_answering/squad_file.h"
#include "tasks/question_answering/words.h"
#include "tasks/text/tokenizer.h"

namespace lectern {

/// Tokens `begin` … `end` − 1 of a passage.
struct TokenRange {
  std::int64_t begin = 0, end = 0;
  std::int64_t size() const { return end - begin; }
  bool operator==(const TokenRange&) const = default;
};

/// A passage as a model reads it. Every word has at least one token, and every token belongs to one
/// word: an answer is cut out of the text from the first of its words to the last.
struct PassageTokens {
  std::vector<PassageWord> words = {};
  std::vector<std::int32_t> ids = {};
  std::vector<std::int32_t> word_of = {};  ///< of every token, ascending

  std::int64_t size() const { return static_cast<std::int64_t>(ids.size()); }
  WordRange words_in(TokenRange tokens) const;
  TokenRange tokens_of(WordRange range) const;
};

/// A question as a model reads it, in front of its passage.
struct QuestionTokens {
  std::vector<std::int32_t> ids = {};    ///< at most question_length − 1
  std::vector<std::int32_t> marks = {};  ///< of these; see Marks
  std::vector<bool> in_passage = {};     ///< of every word of the passage: the question has it, too
};

/// The kinds of tokens that a SpanReader is told (models/span_reader.h): whether a word is the
/// question's or the passage's, whether both have it, but for capitals, and what it looks like.
struct Marks {
  static constexpr std::int32_t none = 0;  ///< what fills up the question's room
  static constexpr std::int32_t question =
      1;  ///< a word of the question; + 1: the passage has it, too
  static constexpr std::int32_t passage = 3;  ///< + 1: the question has it, too; + 2 · WordShape
  static constexpr std::int32_t count = passage + 2 * 4;
};

/// Text to tokens, word by word, so that each token is known to belong to a word.
class ReadingRoom {
 public:
  ReadingRoom(std::shared_ptr<const Tokenizer> tokenizer,
              const QuestionAnsweringSettings& settings);

  PassageTokens passage(std::string_view written, const Origin& origin = {});
  /// A question that has more tokens than there is room is cut, which `origin` is told.
  QuestionTokens question(std::string_view written, const PassageTokens& passage,
                          const Origin& origin = {});
  /// The mark of every token of a passage.
  std::vector<std::int32_t> marks(const PassageTokens& passage,
                                  const QuestionTokens& question) const;

 private:
  /// The tokens of one word; a word of which the vocabulary knows nothing is unknown.
  const std::vector<std::int32_t>& tokens_of(std::string_view word, const Origin& origin);

  std::shared_ptr<const Tokenizer> tokenizer_;
  QuestionAnsweringSettings settings_;
  std::unordered_map<std::string, std::vector<std::int32_t>> known_;
};

/// The words between spaces: a line as a vocabulary is learned from it.
std::string spaced_words(std::string_view text);

/// The words that an answer touches; none where it is of white space alone.
std::optional<WordRange> words_touched(const Answer& answer, const std::vector<PassageWord>& words);

/// The pieces in which a passage of `length` tokens is read: `room` tokens each, `stride` tokens from
/// one to the next, until the end.
std::vector<TokenRange> pieces_of(std::int64_t length, std::int64_t room, std::int64_t stride);

/// In which piece a token stands farthest from the ends: the one that is believed (Devlin et al. 2019,
/// run_squad.py: "max context"). The first of equals.
std::size_t best_piece(const std::vector<TokenRange>& pieces, std::int64_t token);

}  // namespace lectern
