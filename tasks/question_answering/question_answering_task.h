#pragma once

#include <memory>
#include <vector>

#include "tasks/metrics/loss_sum.h"
#include "tasks/metrics/squad_score.h"
#include "tasks/question_answering/answers.h"
#include "tasks/question_answering/heuristics.h"
#include "tasks/question_answering/question_set.h"
#include "tasks/task/task_kind.h"

namespace lectern {

/// What an answer was worth, as numbers that add up: F1 in billionths, exact match, questions.
Counts counts_of(const AnswerScore& score);
/// F1 and exact match in per cent, of added-up counts.
double f1_of(const Counts& sum);
double exact_of(const Counts& sum);

/// The model that a configuration describes.
SpanReader::Options span_reader_options(const Config& config, const Tokenizer& tokenizer);

/// How a set was answered.
struct AnswersScore {
  std::vector<SaidAnswer> said = {};
  std::vector<Counts> examples = {};  ///< of every question; see counts_of
  LossSum loss = {};                  ///< of the questions whose answer has a token
};
/// The mean of that, 0 where no answer has one.
double mean_loss(const LossSum& loss);
AnswersScore score_answers(const SpanReader& model, const QuestionSet& set, const ReadingRoom& room,
                           const Config& config);

/// Learning to find the part of a passage that answers a question (Rajpurkar et al. 2016), as two
/// classifications of the passage's tokens: where the answer begins, and where it ends.
///
/// An epoch has every question once, with the piece of its passage in which the answer stands farthest
/// from the ends. Questions whose answer fits into no piece are left out, and counted.
class QuestionAnsweringTask : public TaskOf<SpanBatch> {
 public:
  /// \param strict  refuse what would be cut or left out
  /// \throws Failure (data) where nothing is left to learn from
  QuestionAnsweringTask(const Config& config, const OpenedQuestions& files,
                        std::shared_ptr<const Tokenizer> tokenizer, bool strict);

  Module& model() override { return model_; }
  std::int64_t batches_in_epoch(std::int64_t epoch) override;
  SpanBatch batch(std::int64_t epoch, std::int64_t index) override;
  Variable loss(const SpanBatch& batch) override;
  bool can_validate() const override { return !valid_.questions.empty(); }
  Validation validate(ProcessGroup& ranks) override;
  std::string data_checksum() const override;
  void describe(Checkpoint& checkpoint) override;

  const QuestionSet& train_set() const { return train_; }
  const QuestionSet& valid_set() const { return valid_; }

 private:
  using Plan = std::vector<std::vector<std::int64_t>>;
  void choose_pieces();
  const Plan& plan(std::int64_t epoch);

  Config config_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  ReadingRoom room_;
  QuestionSet train_, valid_;
  Heuristic heuristic_;  // the best on valid_
  SpanReader model_;
  /// A question to learn from, and the piece of its passage.
  struct Example {
    std::size_t question;
    TokenRange piece;
  };
  std::vector<Example> examples_;
  std::vector<std::vector<std::int32_t>> lengths_;  // of what is read, for the plan
  Plan plan_;
  std::int64_t planned_epoch_ = -1;
};

}  // namespace lectern
