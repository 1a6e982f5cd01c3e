#include "tasks/chatbot/conversation.h"

#include <algorithm>

#include "tasks/chatbot/chatbot_kind.h"
#include "tasks/failure.h"

namespace lectern {
namespace {

SamplingOptions sampling_options(const DecodeConfig& options) {
  const bool greedy = options.temperature == 0.0;
  return {.temperature = greedy ? 1.0 : options.temperature,
          .top_k = greedy ? 1 : options.top_k,
          .top_p = options.top_p,
          .seed = static_cast<std::uint64_t>(options.seed)};
}

Tensor as_row(const std::vector<std::int32_t>& tokens) {
  return tensor_of<std::int32_t>({1, std::ssize(tokens)}, tokens);
}

}  // namespace

Conversation::Conversation(const LanguageModel& model, const DialogueVocabulary& vocabulary,
                           const DecodeConfig& options)
    : model_(model),
      vocabulary_(vocabulary),
      sampling_(sampling_options(options)),
      most_(model.options().max_length),
      reply_(options.max_length) {
  const std::string mute = why_mute(model);
  if (!mute.empty()) throw Failure(ExitCode::usage, "this model cannot write: " + mute);
  if (most_ < 4)
    throw Failure(ExitCode::usage, text("a talk needs a model that reads 4 tokens at least, not ",
                                        most_, "; try another run"));
}

std::int64_t Conversation::tokens() const {
  std::int64_t count = 0;
  for (const Turn& turn : history_) count += std::ssize(turn.tokens);
  return count;
}

void Conversation::forget() {
  history_.clear();
  decoder_ = nullptr;
  read_ = 0;
  drawn_ = 0;
}

/// Lets the oldest exchanges go until so many tokens more fit. Returns how many turns went.
std::int64_t Conversation::make_room(std::int64_t needed) {
  std::int64_t gone = 0;
  for (; !history_.empty() && tokens() + needed > most_; ++gone) {
    history_.pop_front();
    decoder_ = nullptr;
    read_ = 0;
    if (!history_.empty() && history_.front().speaker == Speaker::system) {
      history_.pop_front();
      ++gone;
    }
  }
  return gone;
}

/// Reads what of the history is new, and the mark after which the system is to speak.
Tensor Conversation::read(const std::vector<std::int32_t>& mark) {
  std::vector<std::int32_t> all;
  for (const Turn& turn : history_) all.insert(all.end(), turn.tokens.begin(), turn.tokens.end());
  all.insert(all.end(), mark.begin(), mark.end());
  const std::vector<std::int32_t> unread(all.begin() + read_, all.end());
  read_ = std::ssize(all);
  if (decoder_) return decoder_->read(as_row(unread));
  decoder_ = std::make_unique<Decoder>(model_, as_row(unread), most_);
  return decoder_->start();
}

Conversation::Reply Conversation::write(Tensor logits) {
  Turn turn{.speaker = Speaker::system, .tokens = {vocabulary_.mark(Speaker::system)}};
  Reply reply;
  const std::int64_t most = std::min(reply_, longest_continuation(most_, read_));
  for (;;) {
    const std::int32_t token =
        draw_token(logits, sampling_, {.seed = sampling_.seed, .step = drawn_++}).token;
    if (token == Tokenizer::end || vocabulary_.is_mark(token)) break;
    turn.tokens.push_back(token);
    reply.whole = ++reply.tokens < most;
    if (!reply.whole) break;  // the last one is read with what the user says next
    logits = decoder_->step({token}, {0});
    ++read_;
  }
  turn.text = vocabulary_.decode({turn.tokens.begin() + 1, turn.tokens.end()});
  reply.text = turn.text;
  history_.push_back(std::move(turn));
  return reply;
}

Conversation::Reply Conversation::say(const Utterance& said, TextReport& report) {
  Turn turn{.speaker = Speaker::user, .text = said.text};
  turn.tokens = vocabulary_.encode(Speaker::user, said, report);
  const auto unknown = std::ranges::count(turn.tokens, Tokenizer::unknown);
  if (unknown > 0)
    report.add(said.line, unknown_tokens, text(unknown, " of ", turn.tokens.size() - 1));
  // A quarter of the model at most is kept free for the reply.
  const std::int64_t room = std::min(reply_, most_ / 4), longest = most_ - room - 1;
  if (std::ssize(turn.tokens) > longest) {
    report.add(said.line, long_sentence, text(turn.tokens.size(), " tokens, cut to ", longest));
    turn.tokens.resize(static_cast<std::size_t>(longest));
  }
  const std::int64_t gone = make_room(std::ssize(turn.tokens) + 1 + room);
  history_.push_back(std::move(turn));
  Reply reply = write(read({vocabulary_.mark(Speaker::system)}));
  reply.forgotten = gone;
  return reply;
}

}  // namespace lectern
