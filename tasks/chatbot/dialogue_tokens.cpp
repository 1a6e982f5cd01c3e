#include "tasks/chatbot/dialogue_tokens.h"

#include <algorithm>

#include "tasks/text/unicode.h"
#include "tensor/check.h"

namespace lectern {
namespace {

using Turn = std::vector<std::int32_t>;  // or several, one after another

/// Cuts a turn that is longer than all that a model reads.
void cut_to(Turn& turn, std::int64_t length, std::int64_t line, TextReport& report) {
  if (std::ssize(turn) <= length) return;
  report.add(line, long_turn, text(turn.size(), " tokens, cut to ", length));
  turn.resize(static_cast<std::size_t>(length));
}

/// Whole turns, as many as fit, part after part.
std::vector<Turn> split(const std::vector<Turn>& turns, std::int64_t length) {
  std::vector<Turn> parts(1);
  for (const Turn& turn : turns) {
    if (std::ssize(parts.back()) + std::ssize(turn) > length) {
      parts.back().push_back(turn[0]);
      parts.emplace_back();
    }
    parts.back().insert(parts.back().end(), turn.begin(), turn.end());
  }
  parts.back().push_back(Tokenizer::end);
  return parts;
}

}  // namespace

std::vector<std::int32_t> DialogueVocabulary::encode(Speaker speaker, const Utterance& utterance,
                                                     TextReport& report) const {
  std::vector<std::int32_t> said = tokenizer_->encode(utterance.text, {&report, utterance.line});
  if (said.empty()) report.add(utterance.line, empty_turn);
  said.insert(said.begin(), mark(speaker));
  return said;
}

std::string DialogueVocabulary::piece(std::int32_t token) const {
  if (token == mark(Speaker::user)) return "<user>";
  if (token == mark(Speaker::system)) return "<system>";
  return tokenizer_->piece(token);
}

DialogueSet encode_dialogues(DialogueText read, const DialogueVocabulary& vocabulary,
                             std::int64_t length) {
  DialogueSet set;
  set.report = std::move(read.report);
  set.checksum = read.checksum;
  for (const Dialogue& dialogue : read.dialogues) {
    std::vector<Turn> turns;
    std::int64_t tokens = 0;
    for (const Utterance& utterance : dialogue) {
      const Speaker speaker = speaker_of(std::ssize(turns));
      turns.push_back(vocabulary.encode(speaker, utterance, set.report));
      cut_to(turns.back(), length, utterance.line, set.report);
      tokens += std::ssize(turns.back());
      set.unknown += std::ranges::count(turns.back(), Tokenizer::unknown);
      set.words += std::ssize(split_at_space(utterance.text)) + 1;
    }
    for (Turn& part : split(turns, length)) {
      set.parts.push_back(std::move(part));
      set.whole.push_back(set.dialogues);
    }
    if (tokens > length)
      set.report.add(dialogue[0].line, long_dialogue, text(tokens, " tokens, at most ", length));
    ++set.dialogues;
    set.turns += std::ssize(dialogue);
    set.tokens += tokens;  // the first is not foretold, but </s> is
  }
  return set;
}

std::int64_t keep_answered(DialogueSet& set, const DialogueVocabulary& vocabulary) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < set.parts.size(); ++i) {
    const Turn& part = set.parts[i];
    if (std::find(part.begin(), part.end() - 1, vocabulary.mark(Speaker::system)) == part.end() - 1)
      continue;
    set.whole[kept] = set.whole[i];
    set.parts[kept++] = part;
  }
  const std::int64_t gone = std::ssize(set.parts) - static_cast<std::int64_t>(kept);
  set.parts.resize(kept);
  set.whole.resize(kept);
  return gone;
}

}  // namespace lectern
