#pragma once

#include <span>
#include <string>
#include <vector>

#include "models/span_reader.h"
#include "tasks/question_answering/question_set.h"
#include "tasks/text/batches.h"

namespace lectern {

/// A part of a passage that a model takes for the answer.
struct FoundSpan {
  TokenRange tokens = {};
  double probability = 0.0;
};

/// The likeliest span of at most `longest` tokens, with softmax over the tokens of the whole passage:
///
/// \f[ \arg\max_{i \le j < i + \mathrm{longest}} \; p_{\mathrm{start}}(i)\, p_{\mathrm{end}}(j) \f]
///
/// Of equally likely ones the first, by its end and then by its start. Cost: tokens · longest.
/// \param start,end  logits of every token, at least one
FoundSpan best_span(std::span<const float> start, std::span<const float> end, std::int64_t longest);

/// −½ (log p_start + log p_end) of a span.
double span_loss(std::span<const float> start, std::span<const float> end, TokenRange wanted);

/// What a model says to one question.
struct SaidAnswer {
  std::string text = {};
  std::size_t begin = 0, end = 0;  ///< where it stands in the passage [bytes]
  WordRange words = {};            ///< the same
  double probability = 0.0;
  double loss = 0.0;  ///< of the first right answer; 0 where it has no token
};

/// Answers all questions of a set, in their order. A passage that is read in pieces is one passage: each
/// token's logits come from the piece in which it stands farthest from the ends (best_piece), so that
/// probabilities are over the whole passage. A passage without a word gets an empty answer.
std::vector<SaidAnswer> answer_questions(const SpanReader& model, const QuestionSet& set,
                                         const ReadingRoom& room,
                                         const QuestionAnsweringSettings& settings,
                                         const BatchOptions& batches);

}  // namespace lectern
