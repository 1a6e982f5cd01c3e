#pragma once

#include <cstdint>

namespace lectern {

/// `[task]` of question answering.
struct QuestionAnsweringSettings {
  std::int64_t length = 384;          ///< of a sequence: question and piece of a passage [tokens]
  std::int64_t question_length = 48;  ///< of it in front of the passage, for the question [tokens]
  std::int64_t stride = 128;          ///< from one piece of a long passage to the next [tokens]
  std::int64_t max_answer = 30;       ///< of an answer [tokens]
  bool word_match = true;             ///< tell the words that question and passage both have
  bool word_shape = true;             ///< tell names, numbers and signs from other words
  double valid_share =
      0.1;                  ///< of the articles of data.train, held out where data.valid is not set
  std::int64_t shown = 20;  ///< questions on the page of `lectern evaluate -o FILE.html`

  /// Room for the passage, or a piece of it.
  std::int64_t room() const { return length - question_length; }
};

}  // namespace lectern
