#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "models/encoder_decoder.h"
#include "tasks/grammar/grammar_lines.h"
#include "tasks/grammar/grammar_text.h"
#include "tasks/grammar/speller.h"
#include "tasks/text/batches.h"
#include "tasks/training/journal.h"
#include "tasks/training/task.h"
#include "tasks/translation/vocabularies.h"

namespace lectern {

/// Learning to correct: an encoder-decoder that reads the wrong sentence and writes the right one.
///
/// The pairs of an epoch are made while it runs (GrammarText). Batches are planned by the lengths of the
/// right sentences, which are the same in every epoch; a wrong one may be some tokens longer, so that a
/// batch of clean text can exceed train.batch_tokens by that.
class GrammarTask : public TaskOf<Batch> {
 public:
  /// \param valid    no source: there is nothing to validate on
  /// \param speller  null: there is none
  GrammarTask(const Config& config, const Vocabularies& vocabularies, GrammarText train,
              GrammarLines valid, std::shared_ptr<const Speller> speller, Journal& journal);

  Module& model() override { return *model_; }
  std::int64_t batches_in_epoch(std::int64_t epoch) override;
  Batch batch(std::int64_t epoch, std::int64_t index) override;
  Variable loss(const Batch& batch) override;
  bool can_validate() const override { return !valid_pairs_.empty(); }
  /// Notes how many sentences a second have been learned from since the last time, too.
  Validation validate(ProcessGroup& ranks) override;
  std::string data_checksum() const override;
  void describe(Checkpoint& checkpoint) override;

  const GrammarText& train_text() const { return train_; }

 private:
  using Clock = std::chrono::steady_clock;
  void note_speed();

  Config config_;
  Vocabularies vocabularies_;
  GrammarText train_;
  GrammarLines valid_;
  std::vector<TokenPair> valid_pairs_;  // with the first reference
  std::shared_ptr<const Speller> speller_;
  std::unique_ptr<EncoderDecoder> model_;
  Journal& journal_;
  std::int64_t planned_epoch_ = -1;
  std::vector<std::vector<std::int64_t>> plan_;
  std::int64_t sentences_ = 0;  // since …
  Clock::time_point since_;     // … the first batch, or the last validation
};

/// "2 h 5 min" for what 4,000,000 sentences take at this speed.
std::string time_of_four_million(double sentences_per_second);

}  // namespace lectern
