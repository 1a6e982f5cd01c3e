#pragma once

#include <memory>
#include <vector>

#include "tasks/question_answering/reading.h"
#include "tasks/question_answering/span_batch.h"
#include "tasks/question_answering/squad_file.h"
#include "tasks/task/split.h"
#include "tasks/task/task_kind.h"

namespace lectern {

/// Questions about passages, as tokens.
struct QuestionSet {
  /// A question, and where it belongs.
  struct Entry {
    std::size_t passage = 0;
    const Question* asked = nullptr;  ///< in `file`
    QuestionTokens tokens = {};
    TokenRange answer = {};  ///< the first of its answers; empty where that is white space alone
  };

  std::shared_ptr<const SquadFile> file;
  std::vector<PassageTokens> passages = {};  ///< of file->passages
  std::vector<Entry> questions = {};
  std::vector<std::vector<TokenRange>> pieces = {};  ///< of every passage
  std::int64_t widened =
      0;  ///< answers that begin or end inside a word, of which the whole is taken
  std::int64_t long_passages = 0;    ///< read in more than one piece
  std::int64_t long_answers = 0;     ///< of more than max_answer tokens: they cannot be said
  TextReport report = TextReport();  ///< of what was cut or left out

  const Passage& passage_of(const Entry& entry) const { return file->passages[entry.passage]; }
  /// What a SpanReader reads of a question in one piece of its passage.
  SpanRow row(const Entry& entry, const TokenRange& piece, const ReadingRoom& room) const;
};

/// The files of a training, or the one that a model is measured on. Without data.valid the last
/// articles of data.train, a share of task.valid_share, are held out, at least one.
/// \throws Failure (usage) where the key is not set; (data) as read_squad
struct OpenedQuestions {
  std::shared_ptr<const SquadFile> train = {}, valid = {};
};
OpenedQuestions open_training_questions(const Config& config, bool strict);
std::shared_ptr<const SquadFile> open_questions(const Config& config, Split split, bool strict);

/// Makes tokens of a file.
QuestionSet read_questions(std::shared_ptr<const SquadFile> file, ReadingRoom& room,
                           const QuestionAnsweringSettings& settings, bool strict);

/// Learns the vocabulary from the passages and the questions that are learned from.
std::shared_ptr<const Tokenizer> learn_vocabulary(const Config& config, const SquadFile& file);

/// `10722 questions about 2168 passages of 40 articles (12 read in pieces), …`
std::string described(const QuestionSet& set);

}  // namespace lectern
