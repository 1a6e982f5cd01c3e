#include "tasks/question_answering/span_batch.h"

#include <algorithm>

namespace lectern {
namespace {

void append(std::vector<std::int32_t>& numbers, std::span<const std::int32_t> more,
            std::int64_t until, std::int32_t filling) {
  numbers.insert(numbers.end(), more.begin(), more.end());
  numbers.insert(numbers.end(), static_cast<std::size_t>(until) - more.size(), filling);
}

}  // namespace

SpanBatch make_span_batch(std::span<const SpanRow> rows,
                          const QuestionAnsweringSettings& settings) {
  const std::int64_t front = settings.question_length;
  std::int64_t width = 1;
  for (const SpanRow& row : rows) width = std::max(width, row.piece.size());
  if (default_device().kind == Device::Kind::cuda)
    width = std::min((front + width + 63) / 64 * 64, settings.length) - front;

  SpanBatch batch;
  std::vector<std::int32_t> ids, marks, lengths, targets;
  std::vector<float> hidden;
  for (const SpanRow& row : rows) {
    std::vector<std::int32_t> question = row.question->ids, kinds = row.question->marks;
    question.push_back(Tokenizer::end);
    kinds.push_back(Marks::question);
    append(ids, question, front, Tokenizer::pad);
    append(marks, kinds, front, Marks::none);
    const auto begin = static_cast<std::size_t>(row.piece.begin),
               size = static_cast<std::size_t>(row.piece.size());
    append(ids, std::span(row.passage->ids).subspan(begin, size), width, Tokenizer::pad);
    append(marks, row.marks, width, Marks::none);
    lengths.push_back(static_cast<std::int32_t>(front + row.piece.size()));
    hidden.insert(hidden.end(), size, 0.0f);
    hidden.insert(hidden.end(), static_cast<std::size_t>(width) - size, SpanReader::never);
    const bool learned = row.answer.size() > 0;
    targets.push_back(learned ? static_cast<std::int32_t>(row.answer.begin - row.piece.begin) : 0);
    targets.push_back(learned ? static_cast<std::int32_t>(row.answer.end - 1 - row.piece.begin)
                              : 0);
    batch.source_tokens += row.piece.size() + static_cast<std::int64_t>(question.size());
  }
  const auto count = static_cast<std::int64_t>(rows.size());
  batch.input = {.tokens = {.ids = tensor_of<std::int32_t>({count, front + width}, ids),
                            .lengths = tensor_of<std::int32_t>({count}, lengths)},
                 .marks = tensor_of<std::int32_t>({count, front + width}, marks)};
  batch.hidden = tensor_of<float>({count, 1, width}, hidden);
  batch.targets = tensor_of<std::int32_t>({count, 2}, targets);
  batch.target_tokens = 2 * count;
  return batch;
}

}  // namespace lectern
