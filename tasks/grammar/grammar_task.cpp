#include "tasks/grammar/grammar_task.h"

#include <algorithm>
#include <numeric>

#include "tasks/failure.h"
#include "tasks/grammar/corrector.h"
#include "tasks/metrics/gleu.h"
#include "tasks/task/task_kind.h"
#include "tasks/training/share.h"
#include "tasks/translation/model_options.h"
#include "tasks/translation/translation_loss.h"
#include "tasks/translation/translation_task.h"

namespace lectern {
namespace {

/// What can be scored by the loss: sentences that the model reads whole.
std::vector<TokenPair> valid_pairs(const GrammarLines& lines, const Config& config,
                                   const Tokenizer& tokenizer) {
  const WordRule rule = config.task.as<GrammarSettings>().words;
  const auto longest = static_cast<std::size_t>(longest_sentence(config.model.max_length));
  const auto tokens_of = [&](const std::string& line) {
    return tokenizer.encode(with_blanks(texts_of(cut_words(line, rule))));
  };
  std::vector<TokenPair> pairs;
  for (std::size_t i = 0; i < lines.sources.size(); ++i) {
    TokenPair pair{tokens_of(lines.sources[i]), tokens_of(lines.references.at(0)[i])};
    const auto [shorter, longer] = std::minmax({pair.source.size(), pair.target.size()});
    if (shorter > 0 && longer <= longest) pairs.push_back(std::move(pair));
  }
  return pairs;
}

}  // namespace

GrammarTask::GrammarTask(const Config& config, const Vocabularies& vocabularies, GrammarText train,
                         GrammarLines valid, std::shared_ptr<const Speller> speller,
                         Journal& journal)
    : config_(config),
      vocabularies_(vocabularies),
      train_(std::move(train)),
      valid_(std::move(valid)),
      valid_pairs_(valid_pairs(valid_, config, *vocabularies.source)),
      speller_(std::move(speller)),
      journal_(journal) {
  Initializer init(static_cast<std::uint64_t>(config.train.seed));
  model_ = make_translation_model(config, vocabularies_, init);
}

std::int64_t GrammarTask::batches_in_epoch(std::int64_t epoch) {
  if (epoch != planned_epoch_) {
    plan_.clear();  // two plans of a long text need not be there at once
    plan_ = plan_epoch(
        train_.lengths(),
        {.batch_tokens = config_.train.batch_tokens, .batch_size = config_.train.batch_size},
        static_cast<std::uint64_t>(config_.train.seed), static_cast<std::uint32_t>(epoch));
    planned_epoch_ = epoch;
  }
  return static_cast<std::int64_t>(plan_.size());
}

Batch GrammarTask::batch(std::int64_t epoch, std::int64_t index) {
  batches_in_epoch(epoch);
  const std::vector<TokenPair> pairs =
      train_.pairs(plan_.at(static_cast<std::size_t>(index)), epoch);
  if (sentences_ == 0) since_ = Clock::now();
  sentences_ += static_cast<std::int64_t>(pairs.size());
  std::vector<std::int64_t> all(pairs.size());
  std::iota(all.begin(), all.end(), 0);
  return make_batch(pairs, all);
}

Variable GrammarTask::loss(const Batch& batch) {
  return translation_loss(*model_, batch, config_.train.label_smoothing);
}

void GrammarTask::note_speed() {
  const double seconds = std::chrono::duration<double>(Clock::now() - since_).count();
  const double speed = static_cast<double>(sentences_) / std::max(seconds, 1e-9);
  if (sentences_ > 0)
    journal_.note(text("speed: ", fixed(speed, 0),
                       " sentences a second; an epoch of 4,000,000 would ", "take ",
                       time_of_four_million(speed)));
  sentences_ = 0;
}

Task::Validation GrammarTask::validate(ProcessGroup& ranks) {
  Validation result{.score_name = "GLEU", .score_digits = 2};
  const Share share(ranks);
  result.loss =
      sum_of_ranks(ranks, corpus_loss(*model_, valid_pairs_, config_.train.batch_tokens, share))
          .mean();
  note_speed();  // corpus_loss has waited for a GPU's last step

  Config greedy = config_;  // greedy search takes less than half the time of beam search
  greedy.decode.beam_size = 1;
  greedy.decode.temperature = 0.0;
  const Corrector corrector(*model_, vocabularies_, greedy, speller_);
  std::vector<std::string> own, of_own;
  for (std::size_t i = 0; i < valid_.sources.size(); ++i)
    if (share.has(static_cast<std::int64_t>(i))) own.push_back(valid_.sources[i]);
  for (const Correction& correction : corrector.correct(own)) of_own.push_back(correction.text);
  const std::vector<std::string> corrected = texts_of_ranks(ranks, of_own);
  result.score = gleu(valid_.sources, corrected, valid_.references);
  for (std::size_t i = 0; i < std::min<std::size_t>(5, corrected.size()); ++i)
    result.samples += text("source     ", valid_.sources[i], "\nreference  ",
                           valid_.references[0][i], "\ncorrected  ", corrected[i], "\n\n");
  return result;
}

std::string GrammarTask::data_checksum() const { return text(train_.index().checksum()); }

void GrammarTask::describe(Checkpoint& checkpoint) {
  describe_task(config_, checkpoint);
  write_vocabularies(vocabularies_, checkpoint);
  if (speller_) checkpoint.blobs.emplace_back(speller_blob, speller_->serialize());
}

std::string time_of_four_million(double sentences_per_second) {
  const double seconds = 4e6 / sentences_per_second;
  if (seconds < 120) return fixed(seconds, 0) + " s";
  if (seconds < 7200) return fixed(seconds / 60, 0) + " min";
  return fixed(seconds / 3600, 1) + " h";
}

}  // namespace lectern
