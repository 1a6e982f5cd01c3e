#include "tasks/question_answering/question_set.h"

#include <algorithm>
#include <cmath>

#include "tasks/failure.h"
#include "tasks/task/stored_tokenizer.h"

namespace lectern {
namespace {

const std::string& path_of(const DataConfig& data, Split split) {
  const std::string* path = &data.test;
  switch (split) {
    case Split::train: path = &data.train; break;
    case Split::valid: path = &data.valid; break;
    case Split::test: break;
  }
  if (path->empty())
    throw Failure(
        ExitCode::usage,
        text("data.", name_of(split),
             " is not set; name a file of SQuAD's form, plain or "
             ".gz, for example --set data.",
             name_of(split), "=", split == Split::test ? "dev-v1.1.json" : "train-v1.1.json"));
  return *path;
}

std::shared_ptr<SquadFile> open(const Config& config, Split split, bool strict) {
  return std::make_shared<SquadFile>(read_squad(path_of(config.data, split), strict));
}

}  // namespace

OpenedQuestions open_training_questions(const Config& config, bool strict) {
  const std::shared_ptr<SquadFile> train = open(config, Split::train, strict);
  if (!config.data.valid.empty()) return {train, open(config, Split::valid, strict)};
  const double share = config.task.as<QuestionAnsweringSettings>().valid_share;
  if (share == 0.0) return {train, nullptr};
  const auto wanted =
      std::max<std::int64_t>(1, std::llround(share * static_cast<double>(train->articles)));
  if (wanted >= train->articles)
    throw Failure(ExitCode::data,
                  text(config.data.train, ": its ", train->articles, " article",
                       train->articles == 1 ? "" : "s", " cannot be shared out, ", wanted,
                       " of them to validate on; set data.valid, or task.valid_share=0"));
  const auto valid = std::make_shared<SquadFile>(split_off_articles(*train, wanted));
  for (const SquadFile* part : {train.get(), valid.get()})
    if (part->questions == 0)
      throw Failure(ExitCode::data, config.data.train +
                                        ": one of its two parts, to learn from and to validate on, "
                                        "has no question; set data.valid");
  return {train, valid};
}

std::shared_ptr<const SquadFile> open_questions(const Config& config, Split split, bool strict) {
  if (split == Split::test) return open(config, split, strict);
  const OpenedQuestions opened = open_training_questions(config, strict);
  if (split == Split::train) return opened.train;
  if (!opened.valid) path_of(config.data, split);  // says what to set
  return opened.valid;
}

SpanRow QuestionSet::row(const Entry& entry, const TokenRange& piece,
                         const ReadingRoom& room) const {
  const PassageTokens& passage = passages[entry.passage];
  const std::vector<std::int32_t> marks = room.marks(passage, entry.tokens);
  const bool inside =
      entry.answer.size() > 0 && entry.answer.begin >= piece.begin && entry.answer.end <= piece.end;
  return {.question = &entry.tokens,
          .passage = &passage,
          .marks = {marks.begin() + piece.begin, marks.begin() + piece.end},
          .piece = piece,
          .answer = inside ? entry.answer : TokenRange{}};
}

QuestionSet read_questions(std::shared_ptr<const SquadFile> file, ReadingRoom& room,
                           const QuestionAnsweringSettings& settings, bool strict) {
  QuestionSet set{.file = std::move(file)};
  set.report = TextReport(set.file->report.name(), strict, "question");
  std::int64_t number = 0;
  for (std::size_t i = 0; i < set.file->passages.size(); ++i) {
    const Passage& passage = set.file->passages[i];
    const Origin origin{&set.report, number + 1};
    set.passages.push_back(room.passage(passage.text, origin));
    const PassageTokens& tokens = set.passages.back();
    set.pieces.push_back(pieces_of(tokens.size(), settings.room(), settings.stride));
    set.long_passages += set.pieces.back().size() > 1 ? 1 : 0;
    for (const Question& question : passage.questions) {
      QuestionSet::Entry entry{.passage = i, .asked = &question};
      entry.tokens = room.question(question.text, tokens, {&set.report, ++number});
      const Answer& answer = question.answers[0];
      if (const auto touched = words_touched(answer, tokens.words)) {
        entry.answer = tokens.tokens_of(*touched);
        set.widened += tokens.words[touched->begin].begin != answer.begin ||
                               tokens.words[touched->end - 1].end != answer.end
                           ? 1
                           : 0;
        set.long_answers += entry.answer.size() > settings.max_answer ? 1 : 0;
      }
      set.questions.push_back(std::move(entry));
    }
  }
  return set;
}

std::shared_ptr<const Tokenizer> learn_vocabulary(const Config& config, const SquadFile& file) {
  std::vector<std::string> lines;
  for (const Passage& passage : file.passages) {
    lines.push_back(spaced_words(passage.text));
    for (const Question& question : passage.questions) lines.push_back(spaced_words(question.text));
  }
  return train_tokenizer(std::move(lines), tokenizer_options(config));
}

std::string described(const QuestionSet& set) {
  std::string words = text(set.questions.size(), " questions about ", set.passages.size(),
                           " passages of ", set.file->articles, " articles");
  if (set.long_passages > 0) words += text(", ", set.long_passages, " of them read in pieces");
  words += text(", ", set.widened, " answers widened to whole words");
  if (set.long_answers > 0) words += text(", ", set.long_answers, " longer than task.max_answer");
  return words;
}

}  // namespace lectern
