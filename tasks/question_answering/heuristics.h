#pragma once

#include <string>
#include <string_view>

#include "tasks/question_answering/question_set.h"

namespace lectern {

/// Answers that need no learning: what a model has to beat.
enum class Heuristic {
  first_sentence,     ///< the passage's first sentence
  matching_sentence,  ///< the one with most different words of the question
  first_name,    ///< the passage's first capitalised words or numbers that the question has not
  matching_name  ///< the longest such run of the matching sentence
};

constexpr std::string_view name_of(Heuristic heuristic) {
  switch (heuristic) {
    case Heuristic::first_sentence: return "first sentence";
    case Heuristic::matching_sentence: return "sentence with most words of the question";
    case Heuristic::first_name: return "first name or number";
    case Heuristic::matching_name: return "longest name or number of that sentence";
  }
  return {};
}

/// What a heuristic says to a question.
std::string guess(Heuristic heuristic, const QuestionSet& set, const QuestionSet::Entry& entry);

/// F1 and exact match of all questions, in per cent.
struct HeuristicScore {
  Heuristic heuristic = Heuristic::first_sentence;
  double f1 = 0.0, exact = 0.0;
};
HeuristicScore score_heuristic(Heuristic heuristic, const QuestionSet& set);

/// The one of the largest F1 on these questions; it is to be reported on others.
Heuristic best_heuristic(const QuestionSet& set);

/// \throws Failure (checkpoint) for a name that no heuristic has
Heuristic heuristic_named(std::string_view name);

}  // namespace lectern
