#pragma once

#include <optional>
#include <vector>

#include "models/encoder_decoder.h"
#include "tasks/config/config.h"
#include "tasks/text/batches.h"
#include "tasks/training/share.h"
#include "tasks/training/trainer.h"
#include "tasks/translation/vocabularies.h"

namespace lectern {

/// The texts of a translation run.
struct TranslationData {
  std::vector<SentencePair> train, valid;
  bool strict = false;  ///< refuse pairs that would have to be left out
};

/// Learning to translate: what the trainer needs to know of it.
class TranslationTask : public TaskOf<Batch> {
 public:
  /// \param vocabularies  learned from the training text when not given
  TranslationTask(const Config& config, TranslationData data,
                  std::optional<Vocabularies> vocabularies = {});

  Module& model() override { return *model_; }
  std::int64_t batches_in_epoch(std::int64_t epoch) override;
  Batch batch(std::int64_t epoch, std::int64_t index) override;
  Variable loss(const Batch& batch) override;
  bool can_validate() const override { return !valid_.pairs.empty(); }
  Validation validate(ProcessGroup& ranks) override;
  std::string data_checksum() const override;
  void describe(Checkpoint& checkpoint) override;

  const Vocabularies& vocabularies() const { return vocabularies_; }
  const TokenCorpus& train_corpus() const { return train_; }
  const TokenCorpus& valid_corpus() const { return valid_; }

 private:
  const std::vector<std::vector<std::int64_t>>& plan(std::int64_t epoch);

  Config config_;
  TranslationData data_;
  Vocabularies vocabularies_;
  TokenCorpus train_, valid_;
  std::unique_ptr<EncoderDecoder> model_;
  std::int64_t planned_epoch_ = -1;
  std::vector<std::vector<std::int64_t>> plan_;
};

/// The cross entropy of each target token given the source and the tokens before it, summed over
/// pairs: exp(mean) is the perplexity.
/// \param share  of the batches
LossSum corpus_loss(const EncoderDecoder& model, const std::vector<TokenPair>& pairs,
                    std::int64_t batch_tokens, Share share = {});

}  // namespace lectern
