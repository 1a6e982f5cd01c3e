#include "tasks/question_answering/reading.h"

#include <algorithm>
#include <unordered_set>

#include "tensor/check.h"

namespace lectern {

WordRange PassageTokens::words_in(TokenRange tokens) const {
  return {static_cast<std::size_t>(word_of.at(tokens.begin)),
          static_cast<std::size_t>(word_of.at(tokens.end - 1)) + 1};
}

TokenRange PassageTokens::tokens_of(WordRange range) const {
  const auto place = [&](std::size_t word) {
    return std::ranges::lower_bound(word_of, static_cast<std::int32_t>(word)) - word_of.begin();
  };
  return {place(range.begin), place(range.end)};
}

ReadingRoom::ReadingRoom(std::shared_ptr<const Tokenizer> tokenizer,
                         const QuestionAnsweringSettings& settings)
    : tokenizer_(std::move(tokenizer)), settings_(settings) {}

const std::vector<std::int32_t>& ReadingRoom::tokens_of(std::string_view word,
                                                        const Origin& origin) {
  const auto [entry, is_new] = known_.try_emplace(std::string(word));
  if (is_new) {
    entry->second = tokenizer_->encode(word, origin);
    if (entry->second.empty()) entry->second = {Tokenizer::unknown};
  }
  return entry->second;
}

PassageTokens ReadingRoom::passage(std::string_view written, const Origin& origin) {
  PassageTokens passage{.words = words_of(written)};
  for (std::size_t i = 0; i < passage.words.size(); ++i) {
    const std::vector<std::int32_t>& tokens =
        tokens_of(text_of(written, passage.words, {i, i + 1}), origin);
    passage.ids.insert(passage.ids.end(), tokens.begin(), tokens.end());
    passage.word_of.insert(passage.word_of.end(), tokens.size(), static_cast<std::int32_t>(i));
  }
  return passage;
}

QuestionTokens ReadingRoom::question(std::string_view written, const PassageTokens& passage,
                                     const Origin& origin) {
  const std::vector<PassageWord> words = words_of(written);
  std::unordered_set<std::string_view> asked, told;
  for (const PassageWord& word : words)
    if (word.shape != WordShape::sign) asked.insert(word.lower);
  for (const PassageWord& word : passage.words) told.insert(word.lower);

  QuestionTokens question;
  for (const PassageWord& word : passage.words)
    question.in_passage.push_back(asked.contains(word.lower));
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::vector<std::int32_t>& tokens =
        tokens_of(text_of(written, words, {i, i + 1}), origin);
    const bool both =
        settings_.word_match && asked.contains(words[i].lower) && told.contains(words[i].lower);
    question.ids.insert(question.ids.end(), tokens.begin(), tokens.end());
    question.marks.insert(question.marks.end(), tokens.size(), Marks::question + (both ? 1 : 0));
  }
  const auto most = static_cast<std::size_t>(settings_.question_length - 1);
  if (question.ids.size() > most) {
    origin.tell(long_sentence, text(question.ids.size(), " tokens, cut to ", most));
    question.ids.resize(most);
    question.marks.resize(most);
  }
  return question;
}

std::vector<std::int32_t> ReadingRoom::marks(const PassageTokens& passage,
                                             const QuestionTokens& question) const {
  std::vector<std::int32_t> marks;
  for (const std::int32_t word : passage.word_of) {
    const auto at = static_cast<std::size_t>(word);
    const bool both = settings_.word_match && question.in_passage[at];
    const auto shape = static_cast<std::int32_t>(passage.words[at].shape);
    marks.push_back(Marks::passage + (both ? 1 : 0) + (settings_.word_shape ? 2 * shape : 0));
  }
  return marks;
}

std::string spaced_words(std::string_view text) {
  const std::vector<PassageWord> words = words_of(text);
  std::string line;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) line += ' ';
    line += text_of(text, words, {i, i + 1});
  }
  return line;
}

std::optional<WordRange> words_touched(const Answer& answer,
                                       const std::vector<PassageWord>& words) {
  const auto first =
      std::ranges::find_if(words, [&](const PassageWord& word) { return word.end > answer.begin; });
  const auto end = std::ranges::find_if(
      words, [&](const PassageWord& word) { return word.begin >= answer.end; });
  if (first >= end) return std::nullopt;
  return WordRange{static_cast<std::size_t>(first - words.begin()),
                   static_cast<std::size_t>(end - words.begin())};
}

std::vector<TokenRange> pieces_of(std::int64_t length, std::int64_t room, std::int64_t stride) {
  check(room > 0 && stride > 0 && stride <= room, [&] {
    return text("pieces of ", room, " tokens every ", stride, " would leave some out");
  });
  std::vector<TokenRange> pieces;
  for (std::int64_t begin = 0; pieces.empty() || pieces.back().end < length; begin += stride)
    pieces.push_back({begin, std::min(begin + room, length)});
  return pieces;
}

std::size_t best_piece(const std::vector<TokenRange>& pieces, std::int64_t token) {
  std::size_t best = 0;
  std::int64_t most = -1;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::int64_t around = std::min(token - pieces[i].begin, pieces[i].end - 1 - token);
    if (around <= most) continue;
    most = around;
    best = i;
  }
  return best;
}

}  // namespace lectern
