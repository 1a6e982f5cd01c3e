#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tasks/text/text_report.h"

namespace lectern {

/// A part of a passage that answers a question.
struct Answer {
  std::string text = {};
  std::size_t begin = 0, end = 0;  ///< where it stands in the passage [bytes]
};

struct Question {
  std::string id = {};
  std::string text = {};
  std::vector<Answer> answers = {};  ///< at least one; several people's where it is to be scored

  /// The answers as a scorer takes them.
  std::vector<std::string> references() const;
};

/// A paragraph of an article, and what is asked about it.
struct Passage {
  std::int64_t article = 0;  ///< which one of the file, from 1 on
  std::string title = {};    ///< of the article
  std::string text = {};
  std::vector<Question> questions = {};
};

/// The contents of a file of SQuAD v1.1 (Rajpurkar et al. 2016).
struct SquadFile {
  std::vector<Passage> passages = {};
  std::int64_t articles = 0;
  std::int64_t questions = 0;
  std::uint32_t checksum = 0;        ///< of the file's bytes, unpacked
  TextReport report = TextReport();  ///< what was left out; it counts questions
};

/// What was found wrong with a question.
inline constexpr Finding misplaced_answer{"an answer that does not stand at its answer_start",
                                          "left out",
                                          "answer_start counts code points of the context from 0"};
inline constexpr Finding no_answer{"no answer", "left out", "version 1.1 has an answer to each"};
inline constexpr Finding repeated_id{"an id that came before", "left out",
                                     "give every question an id of its own"};
inline constexpr Finding wordless_question{"no word in the question or its passage", "left out"};

/// Reads a file, plain or .gz:
///
///     {"data": [{"title": "Oxygen", "paragraphs": [
///       {"context": "…", "qas": [
///         {"id": "571a", "question": "…", "answers": [{"text": "…", "answer_start": 31}]}]}]}]}
///
/// `answer_start` counts code points, not bytes; here it becomes bytes, since that is how C++ cuts text.
/// Other members are passed over. JSON is often one line, so that messages name the article, the
/// paragraph and the question instead.
///
/// \throws Failure (data) for what is no JSON (with the byte), has not this form (with the place, what
///         came and what was expected), or has no question; with `strict`, for what would be left out
/// Cost: memory for about ten times the file while it is read.
SquadFile read_squad(const std::string& path, bool strict = false);

/// The last `articles` articles, which leave the file.
SquadFile split_off_articles(SquadFile& file, std::int64_t articles);

}  // namespace lectern
