#include "tasks/question_answering/answers.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tensor/ops/cast.h"

namespace lectern {
namespace {

double log_sum_exp(std::span<const float> logits) {
  const double most = *std::ranges::max_element(logits);
  double sum = 0.0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - most);
  return most + std::log(sum);
}

/// Logits of the tokens of one passage.
struct PassageLogits {
  std::vector<float> start, end;
};

/// One piece of one question.
struct PieceRead {
  std::size_t question, piece;
};

/// Takes from a batch the logits of the tokens that are believed in their piece.
void collect(const Tensor& logits, std::span<const PieceRead> readings, const QuestionSet& set,
             std::vector<PassageLogits>& all) {
  const std::vector<float> numbers = logits.to_vector<float>();  // [batch, 2, passage]
  const auto width = static_cast<std::size_t>(logits.dim(2));
  for (std::size_t row = 0; row < readings.size(); ++row) {
    const auto& pieces = set.pieces[set.questions[readings[row].question].passage];
    const TokenRange piece = pieces[readings[row].piece];
    PassageLogits& found = all[readings[row].question];
    const float* start = numbers.data() + 2 * row * width;
    for (std::int64_t token = piece.begin; token < piece.end; ++token) {
      if (pieces.size() > 1 && best_piece(pieces, token) != readings[row].piece) continue;
      found.start[static_cast<std::size_t>(token)] = start[token - piece.begin];
      found.end[static_cast<std::size_t>(token)] = start[width + token - piece.begin];
    }
  }
}

}  // namespace

FoundSpan best_span(std::span<const float> start, std::span<const float> end,
                    std::int64_t longest) {
  check(!start.empty() && start.size() == end.size(), [&] {
    return text("a span is looked for among ", start.size(), " starts and ", end.size(),
                " ends; give one of each for every token, and at least one token");
  });
  const auto length = static_cast<std::int64_t>(start.size());
  FoundSpan best;
  double most = -std::numeric_limits<double>::infinity();
  for (std::int64_t last = 0; last < length; ++last)
    for (std::int64_t first = std::max<std::int64_t>(0, last - longest + 1); first <= last;
         ++first) {
      const double score = static_cast<double>(start[first]) + static_cast<double>(end[last]);
      if (score <= most) continue;
      most = score;
      best.tokens = {first, last + 1};
    }
  best.probability = std::exp(most - log_sum_exp(start) - log_sum_exp(end));
  return best;
}

double span_loss(std::span<const float> start, std::span<const float> end, TokenRange wanted) {
  const double first = log_sum_exp(start) - static_cast<double>(start[wanted.begin]);
  const double last = log_sum_exp(end) - static_cast<double>(end[wanted.end - 1]);
  return 0.5 * (first + last);
}

std::vector<SaidAnswer> answer_questions(const SpanReader& model, const QuestionSet& set,
                                         const ReadingRoom& room,
                                         const QuestionAnsweringSettings& settings,
                                         const BatchOptions& batches) {
  const NoGradient no_gradient;
  std::vector<PassageLogits> logits;
  std::vector<PieceRead> readings;
  std::vector<std::vector<std::int32_t>> lengths;  // of what is read, for the plan
  for (std::size_t i = 0; i < set.questions.size(); ++i) {
    const std::size_t passage = set.questions[i].passage;
    const auto size = static_cast<std::size_t>(set.passages[passage].size());
    logits.push_back({std::vector<float>(size), std::vector<float>(size)});
    for (std::size_t piece = 0; size > 0 && piece < set.pieces[passage].size(); ++piece) {
      readings.push_back({i, piece});
      const std::int64_t tokens = settings.question_length + set.pieces[passage][piece].size();
      lengths.emplace_back(static_cast<std::size_t>(tokens));
    }
  }
  for (const std::vector<std::int64_t>& planned : plan_by_length(lengths, batches)) {
    std::vector<SpanRow> rows;
    std::vector<PieceRead> read;
    for (const std::int64_t i : planned) {
      const QuestionSet::Entry& entry = set.questions[readings[i].question];
      read.push_back(readings[i]);
      rows.push_back(set.row(entry, set.pieces[entry.passage][readings[i].piece], room));
    }
    const SpanBatch batch = make_span_batch(rows, settings);
    collect(model(batch.input, batch.hidden).value(), read, set, logits);
  }

  std::vector<SaidAnswer> answers;
  for (std::size_t i = 0; i < set.questions.size(); ++i) {
    const QuestionSet::Entry& entry = set.questions[i];
    const PassageTokens& passage = set.passages[entry.passage];
    SaidAnswer& said = answers.emplace_back();
    if (passage.size() == 0) continue;
    const FoundSpan found = best_span(logits[i].start, logits[i].end, settings.max_answer);
    said.words = passage.words_in(found.tokens);
    said.begin = passage.words[said.words.begin].begin;
    said.end = passage.words[said.words.end - 1].end;
    said.text = set.passage_of(entry).text.substr(said.begin, said.end - said.begin);
    said.probability = found.probability;
    if (entry.answer.size() > 0)
      said.loss = span_loss(logits[i].start, logits[i].end, entry.answer);
  }
  return answers;
}

}  // namespace lectern
