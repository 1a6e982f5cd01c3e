#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "models/decoder.h"
#include "models/language_model.h"
#include "tasks/chatbot/dialogue_tokens.h"
#include "tasks/config/config.h"

namespace lectern {

/// A talk with a chatbot. What was said before lies in the model's key/value caches, so that a reply
/// costs the new tokens alone.
///
/// When the talk grows beyond what the model holds, its oldest exchanges go, whole: what user and system
/// said in turn. Every token's position changes by that, so the rest is read again, in one call.
class Conversation {
 public:
  /// \param options  temperature (0: the likeliest token), top_k, top_p, seed; max_length of a reply
  /// \throws Failure (usage) where the model's attention cannot go on one token at a time
  /// Both references live longer than this.
  Conversation(const LanguageModel& model, const DialogueVocabulary& vocabulary,
               const DecodeConfig& options);

  struct Reply {
    std::string text = {};
    std::int64_t tokens = 0;     ///< without the one that ends it
    bool whole = true;           ///< it ends by itself; else it was cut
    std::int64_t forgotten = 0;  ///< turns that had to go
  };
  /// What the system says to that: up to the next speaker's mark, the end of the dialogue, or
  /// decode.max_length tokens. A function of the model, the options and what was said since the
  /// beginning or forget().
  /// \param report  is told of unknown words, and of what is longer than the model holds and so cut
  Reply say(const Utterance& said, TextReport& report);

  /// Begins anew.
  void forget();

  struct Turn {
    Speaker speaker = Speaker::user;
    std::string text = {};
    std::vector<std::int32_t> tokens = {};  ///< its mark first
  };
  /// What the model still knows.
  const std::deque<Turn>& history() const { return history_; }
  std::int64_t tokens() const;  ///< of the history

 private:
  std::int64_t make_room(std::int64_t needed);
  Tensor read(const std::vector<std::int32_t>& turn);
  Reply write(Tensor logits);

  const LanguageModel& model_;
  const DialogueVocabulary& vocabulary_;
  SamplingOptions sampling_;
  std::int64_t most_;   // tokens that the model holds
  std::int64_t reply_;  // most tokens of a reply
  std::deque<Turn> history_;
  std::unique_ptr<Decoder> decoder_;  // none: nothing has been read
  std::int64_t read_ = 0;             // tokens of the history that the decoder has read
  std::uint32_t drawn_ = 0;           // tokens since the beginning
};

}  // namespace lectern
