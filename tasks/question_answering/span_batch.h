#pragma once

#include <span>
#include <vector>

#include "models/span_reader.h"
#include "tasks/question_answering/reading.h"

namespace lectern {

/// A question and a piece of its passage, to be read as one sequence:
///
///     question … </s> <pad> … | piece of the passage … | <pad> …
///     0                       question_length          length
struct SpanRow {
  const QuestionTokens* question = nullptr;
  const PassageTokens* passage = nullptr;
  std::vector<std::int32_t> marks = {};  ///< of the piece's tokens
  TokenRange piece = {};
  TokenRange answer = {};  ///< in the passage, inside the piece; empty: there is none to learn
};

/// Rows as a SpanReader takes them.
struct SpanBatch {
  MarkedTokens input;
  Tensor hidden;   // [batch, 1, passage] f32, as SpanReader says
  Tensor targets;  // [batch, 2] i32: the first token and the last one of the answer, in the piece
  std::int64_t target_tokens = 0;  ///< starts and ends
  std::int64_t source_tokens = 0;  ///< real ones

  /// What the loss reads.
  template <class Visit>
  void visit_inputs(Visit visit) {
    visit(input.tokens.ids);
    visit(input.tokens.lengths);
    visit(input.marks);
    visit(hidden);
    visit(targets);
  }
};

/// Filled up to the longest of them; on a GPU to a multiple of 64, but not beyond settings.length, so
/// that shapes repeat from batch to batch.
SpanBatch make_span_batch(std::span<const SpanRow> rows, const QuestionAnsweringSettings& settings);

}  // namespace lectern
