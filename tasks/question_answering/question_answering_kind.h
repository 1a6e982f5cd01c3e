#pragma once

#include <memory>

#include "models/span_reader.h"
#include "tasks/task/task_kind.h"
#include "tasks/text/tokenizer.h"

namespace lectern {

/// Finding the part of a passage that answers a question; measured by F1 and exact match.
TaskKind question_answering_kind();

/// What `lectern answer` needs of a run.
struct TrainedReader {
  SpanReader model;
  std::shared_ptr<const Tokenizer> tokenizer;
};
/// \throws Failure (usage) where the run learned another task
TrainedReader load_question_answering(const Checkpoint& checkpoint, const Config& config);

/// An answer out of a text that somebody gives.
struct TextAnswer {
  std::string text = {};
  std::string sentence = {};        ///< the passage's, in which the answer begins
  std::int64_t begin = 0, end = 0;  ///< of the answer in the passage [code points]
  double probability = 0.0;
};
/// \param origin  is told where the question is cut
/// \throws Failure (usage) for a passage or a question without a word
TextAnswer answer_text(const TrainedReader& reader, const Config& config,
                       const std::string& passage, const std::string& question,
                       const Origin& origin);

}  // namespace lectern
