#pragma once

#include <string>

#include "tasks/question_answering/question_answering_task.h"

namespace lectern {

/// Writes what a model said. A name that ends in .html gets a page: the first `shown` questions, each
/// with its passage, in which the answers that people gave and the one that was found are marked, and
/// with its F1. Any other gets `{"id": "answer", …}`, as the published scorer reads it.
/// \param summary  stands at the top of the page
/// \throws Failure (usage, io) as expect_output and write_output
void write_answers(const std::string& path, const QuestionSet& set, const AnswersScore& score,
                   std::int64_t shown, const std::string& summary);

}  // namespace lectern
