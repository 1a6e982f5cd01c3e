#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tasks/chatbot/dialogues.h"
#include "tasks/text/tokenizer.h"

namespace lectern {

/// The tokens of dialogues: those of a tokenizer, and behind them one that opens a turn for each
/// speaker, `<user>` and `<system>`. No text can spell the two: a line that contains "<user>" is
/// ordinary characters.
class DialogueVocabulary {
 public:
  explicit DialogueVocabulary(std::shared_ptr<const Tokenizer> tokenizer)
      : tokenizer_(std::move(tokenizer)) {}

  std::int32_t size() const { return tokenizer_->size() + 2; }
  /// The token that opens a turn.
  std::int32_t mark(Speaker speaker) const {
    return tokenizer_->size() + static_cast<std::int32_t>(speaker);
  }
  bool is_mark(std::int32_t token) const { return token >= tokenizer_->size(); }

  /// A turn: its mark, and what is said. The report is told of words that were cut and of a turn
  /// without any token.
  std::vector<std::int32_t> encode(Speaker speaker, const Utterance& utterance,
                                   TextReport& report) const;
  /// What a turn without its mark says.
  std::string decode(const std::vector<std::int32_t>& tokens) const {
    return tokenizer_->decode(tokens);
  }
  /// How a token is written in pictures.
  std::string piece(std::int32_t token) const;
  const Tokenizer& tokenizer() const { return *tokenizer_; }

 private:
  std::shared_ptr<const Tokenizer> tokenizer_;
};

/// Dialogues as a model reads them, in their order.
struct DialogueSet {
  /// Dialogues, or parts of long ones: `<user> … <system> … </s>`. The model reads all tokens of one
  /// but the last, and is to foretell all but the first.
  std::vector<std::vector<std::int32_t>> parts;
  std::vector<std::int64_t> whole;  ///< of each part, the dialogue that it belongs to
  std::int64_t dialogues = 0;
  std::int64_t turns = 0;
  std::int64_t tokens = 0;   ///< to be foretold: all but the first of each dialogue
  std::int64_t unknown = 0;  ///< of these, not in the vocabulary
  std::int64_t words = 0;    ///< between white space, and one more for the end of each turn
  TextReport report = TextReport();
  std::uint32_t checksum = 0;  ///< of the text
};

/// Turns dialogues into tokens. One of more than `length` tokens is split between turns: its parts
/// have as many whole turns as fit, and the last token of a part is the mark that the next one
/// begins with, so that every token but a dialogue's first is foretold exactly once. A turn that does
/// not fit by itself is cut. Both are counted.
///
/// \param length  most tokens that a model reads of a part
/// \throws Failure (data) where the text's report is strict, for what would be split or cut
DialogueSet encode_dialogues(DialogueText read, const DialogueVocabulary& vocabulary,
                             std::int64_t length);

/// Leaves out the parts in which the system says nothing. Returns how many went.
std::int64_t keep_answered(DialogueSet& dialogues, const DialogueVocabulary& vocabulary);

}  // namespace lectern
