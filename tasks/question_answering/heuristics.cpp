#include "tasks/question_answering/heuristics.h"

#include <algorithm>
#include <set>

#include "tasks/failure.h"
#include "tasks/metrics/squad_score.h"

namespace lectern {
namespace {

constexpr Heuristic heuristics[] = {Heuristic::first_sentence, Heuristic::matching_sentence,
                                    Heuristic::first_name, Heuristic::matching_name};

/// The first of the sentences in which most different words of the question stand.
WordRange matching_sentence(const std::vector<WordRange>& sentences, const PassageTokens& passage,
                            const QuestionTokens& question) {
  WordRange best;
  std::size_t most = 0;
  for (const WordRange& sentence : sentences) {
    std::set<std::string_view> common;
    for (std::size_t i = sentence.begin; i < sentence.end; ++i)
      if (question.in_passage[i]) common.insert(passage.words[i].lower);
    if (best.end > 0 && common.size() <= most) continue;
    most = common.size();
    best = sentence;
  }
  return best;
}

/// The runs of capitalised words and numbers that the question has not.
std::vector<WordRange> names_in(WordRange range, const PassageTokens& passage,
                                const QuestionTokens& question) {
  std::vector<WordRange> names;
  for (std::size_t i = range.begin; i < range.end; ++i) {
    const WordShape shape = passage.words[i].shape;
    if (question.in_passage[i] || (shape != WordShape::capitalised && shape != WordShape::number))
      continue;
    if (!names.empty() && names.back().end == i)
      ++names.back().end;
    else
      names.push_back({i, i + 1});
  }
  return names;
}

WordRange guessed(Heuristic heuristic, std::string_view text, const PassageTokens& passage,
                  const QuestionTokens& question) {
  const std::vector<WordRange> sentences = sentences_of(text, passage.words);
  if (sentences.empty()) return {};
  const WordRange match = matching_sentence(sentences, passage, question);
  switch (heuristic) {
    case Heuristic::first_sentence: return sentences[0];
    case Heuristic::matching_sentence: return match;
    case Heuristic::first_name: {
      const auto names = names_in({0, passage.words.size()}, passage, question);
      return names.empty() ? sentences[0] : names[0];
    }
    case Heuristic::matching_name: break;
  }
  const auto names = names_in(match, passage, question);
  const auto size = [](const WordRange& range) { return range.end - range.begin; };
  return names.empty() ? match : *std::ranges::max_element(names, {}, size);
}

}  // namespace

std::string guess(Heuristic heuristic, const QuestionSet& set, const QuestionSet::Entry& entry) {
  const std::string& text = set.passage_of(entry).text;
  const PassageTokens& passage = set.passages[entry.passage];
  return std::string(text_of(text, passage.words, guessed(heuristic, text, passage, entry.tokens)));
}

HeuristicScore score_heuristic(Heuristic heuristic, const QuestionSet& set) {
  HeuristicScore sum{.heuristic = heuristic};
  for (const QuestionSet::Entry& entry : set.questions) {
    const AnswerScore score = score_answer(guess(heuristic, set, entry), entry.asked->references());
    sum.f1 += 100.0 * score.f1;
    sum.exact += score.exact ? 100.0 : 0.0;
  }
  const auto count = static_cast<double>(std::max<std::size_t>(1, set.questions.size()));
  return {.heuristic = heuristic, .f1 = sum.f1 / count, .exact = sum.exact / count};
}

Heuristic best_heuristic(const QuestionSet& set) {
  HeuristicScore best{.f1 = -1.0};
  for (const Heuristic heuristic : heuristics) {
    const HeuristicScore score = score_heuristic(heuristic, set);
    if (score.f1 > best.f1) best = score;
  }
  return best.heuristic;
}

Heuristic heuristic_named(std::string_view name) {
  for (const Heuristic heuristic : heuristics)
    if (name_of(heuristic) == name) return heuristic;
  throw Failure(ExitCode::checkpoint,
                text("\"", name, "\" is the name of no heuristic; take another checkpoint"));
}

}  // namespace lectern
