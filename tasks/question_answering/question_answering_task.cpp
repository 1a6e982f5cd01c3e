#include "tasks/question_answering/question_answering_task.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "autograd/ops/cross_entropy.h"
#include "tasks/failure.h"
#include "tasks/metrics/squad_score.h"
#include "tasks/task/model_options.h"
#include "tasks/task/stored_tokenizer.h"
#include "tasks/training/finite.h"
#include "tasks/training/share.h"

namespace lectern {
namespace {

constexpr Finding unheld_answer{"an answer that no piece of its passage holds whole", "left out",
                                "try a smaller task.stride"};

const QuestionAnsweringSettings& settings_of(const Config& config) {
  return config.task.as<QuestionAnsweringSettings>();
}

BatchOptions batches_of(const Config& config) {
  return {.batch_tokens = config.train.batch_tokens, .batch_size = config.train.batch_size};
}

SpanReader make_model(const Config& config, const Tokenizer& tokenizer) {
  Initializer init(static_cast<std::uint64_t>(config.train.seed));
  return SpanReader(span_reader_options(config, tokenizer), init);
}

QuestionSet read_part(const std::shared_ptr<const SquadFile>& file, ReadingRoom& room,
                      const Config& config, bool strict) {
  return file ? read_questions(file, room, settings_of(config), strict) : QuestionSet{};
}

}  // namespace

Counts counts_of(const AnswerScore& score) {
  return {std::llround(1e9 * score.f1), score.exact ? 1 : 0, 1};
}

double f1_of(const Counts& sum) {
  return 1e-7 * static_cast<double>(sum.at(0)) / static_cast<double>(sum.at(2));
}

double exact_of(const Counts& sum) {
  return 100.0 * static_cast<double>(sum.at(1)) / static_cast<double>(sum.at(2));
}

SpanReader::Options span_reader_options(const Config& config, const Tokenizer& tokenizer) {
  return {.encoder = sequence_encoder_options(config, tokenizer.size(), /*causal=*/false),
          .room = settings_of(config).question_length,
          .marks = Marks::count};
}

double mean_loss(const LossSum& loss) { return loss.count > 0 ? loss.mean() : 0.0; }

AnswersScore score_answers(const SpanReader& model, const QuestionSet& set, const ReadingRoom& room,
                           const Config& config) {
  AnswersScore score{
      .said = answer_questions(model, set, room, settings_of(config), batches_of(config))};
  for (std::size_t i = 0; i < set.questions.size(); ++i) {
    score.examples.push_back(
        counts_of(score_answer(score.said[i].text, set.questions[i].asked->references())));
    if (set.questions[i].answer.size() > 0) score.loss.add(finite_loss(score.said[i].loss), 1);
  }
  return score;
}

QuestionAnsweringTask::QuestionAnsweringTask(const Config& config, const OpenedQuestions& files,
                                             std::shared_ptr<const Tokenizer> tokenizer,
                                             bool strict)
    : config_(config),
      tokenizer_(std::move(tokenizer)),
      room_(tokenizer_, settings_of(config)),
      train_(read_part(files.train, room_, config, strict)),
      valid_(read_part(files.valid, room_, config, strict)),
      heuristic_(best_heuristic(valid_.questions.empty() ? train_ : valid_)),
      model_(make_model(config, *tokenizer_)) {
  choose_pieces();
}

void QuestionAnsweringTask::choose_pieces() {
  for (std::size_t i = 0; i < train_.questions.size(); ++i) {
    const QuestionSet::Entry& entry = train_.questions[i];
    std::vector<TokenRange> holding;
    for (const TokenRange& piece : train_.pieces[entry.passage])
      if (entry.answer.size() > 0 && piece.begin <= entry.answer.begin &&
          entry.answer.end <= piece.end)
        holding.push_back(piece);
    if (holding.empty()) {
      train_.report.add(static_cast<std::int64_t>(i) + 1, unheld_answer, "id " + entry.asked->id);
      continue;
    }
    const TokenRange piece =
        holding[best_piece(holding, (entry.answer.begin + entry.answer.end - 1) / 2)];
    examples_.push_back({i, piece});
    const auto length =
        static_cast<std::size_t>(settings_of(config_).question_length + piece.size());
    lengths_.emplace_back(length - 1);
  }
  if (examples_.empty())
    throw Failure(
        ExitCode::data,
        config_.data.train + ": none of its questions can be learned from; see task.length");
}

const QuestionAnsweringTask::Plan& QuestionAnsweringTask::plan(std::int64_t epoch) {
  if (planned_epoch_ != epoch) {
    plan_ =
        plan_epoch(lengths_, batches_of(config_), static_cast<std::uint64_t>(config_.train.seed),
                   static_cast<std::uint32_t>(epoch));
    planned_epoch_ = epoch;
  }
  return plan_;
}

std::int64_t QuestionAnsweringTask::batches_in_epoch(std::int64_t epoch) {
  return std::ssize(plan(epoch));
}

SpanBatch QuestionAnsweringTask::batch(std::int64_t epoch, std::int64_t index) {
  std::vector<SpanRow> rows;
  for (const std::int64_t i : plan(epoch).at(static_cast<std::size_t>(index))) {
    const Example& example = examples_[static_cast<std::size_t>(i)];
    rows.push_back(train_.row(train_.questions[example.question], example.piece, room_));
  }
  return make_span_batch(rows, settings_of(config_));
}

Variable QuestionAnsweringTask::loss(const SpanBatch& batch) {
  return cross_entropy(model_(batch.input, batch.hidden), batch.targets);
}

Task::Validation QuestionAnsweringTask::validate(ProcessGroup& ranks) {
  const Share share(ranks);
  QuestionSet own = valid_;
  std::int64_t number = 0;
  std::erase_if(own.questions, [&](const auto&) { return !share.has(number++); });
  const AnswersScore score = score_answers(model_, own, room_, config_);
  std::vector<std::string> answered;
  for (std::size_t i = 0; i < std::min<std::size_t>(5, score.said.size()); ++i)
    answered.push_back(text(own.questions[i].asked->text, "\nsaid: ", score.said[i].text,
                            "\nright: ", own.questions[i].asked->answers[0].text, "\n\n"));
  answered = texts_of_ranks(ranks, answered);
  std::string samples;
  for (std::size_t i = 0; i < std::min<std::size_t>(5, answered.size()); ++i)
    samples += answered[i];
  Counts counts(3, 0);
  for (const Counts& each : score.examples)
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += each.at(i);
  for (auto& count : counts) count = sum_of_ranks(ranks, count);
  return {.loss = mean_loss(sum_of_ranks(ranks, score.loss)),
          .score = f1_of(counts),
          .score_name = "F1",
          .score_digits = 2,
          .samples = samples};
}

std::string QuestionAnsweringTask::data_checksum() const { return text(train_.file->checksum); }

void QuestionAnsweringTask::describe(Checkpoint& checkpoint) {
  describe_task(config_, checkpoint);
  store_tokenizer(*tokenizer_, "tokenizer", checkpoint);
  checkpoint.metadata["question_answering.heuristic"] = name_of(heuristic_);
}

}  // namespace lectern
