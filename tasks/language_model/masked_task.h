#pragma once

#include <memory>

#include "models/masked_lm.h"
#include "tasks/language_model/masking.h"
#include "tasks/language_model/token_text.h"
#include "tasks/language_model/window_plan.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/token_score.h"
#include "tasks/training/share.h"

namespace lectern {

/// `[task]` of a masked language model.
struct MaskedLanguageModelSettings {
  std::int64_t length = 128;  ///< of a window [tokens]
  double valid_share = 0.1;  ///< of data.train, held out to validate on where data.valid is not set
  std::int64_t piece = std::int64_t{1} << 25;  ///< read, and shuffled, at a time [tokens]
  double masked_share = 0.15;                  ///< of a window, hidden and to be foretold
  std::int64_t scored_windows = 32;  ///< whose tokens are hidden in turn, in evaluation; 0: all
};

MaskedLanguageModel::Options masked_model_options(const Config& config, const Tokenizer* tokenizer);

/// Learning to tell which tokens were hidden in a text, which is one long sequence cut into windows of
/// task.length tokens. What is hidden is a function of (seed, epoch, window): new in every epoch, and
/// always the same in validation.
class MaskedLanguageModelTask : public TaskOf<MaskedBatch> {
 public:
  /// \param tokenizer  null: bytes
  /// \throws Failure (data) where `train` is shorter than two windows
  MaskedLanguageModelTask(const Config& config, TrainingTexts texts,
                          std::shared_ptr<const Tokenizer> tokenizer = nullptr);

  Module& model() override { return model_; }
  std::int64_t batches_in_epoch(std::int64_t epoch) override;
  MaskedBatch batch(std::int64_t epoch, std::int64_t index) override;
  Variable loss(const MaskedBatch& batch) override;
  bool can_validate() const override { return texts_.valid.size() > 0; }
  Validation validate(ProcessGroup& ranks) override;
  std::string data_checksum() const override;
  void describe(Checkpoint& checkpoint) override;

 private:
  Config config_;
  TrainingTexts texts_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  MaskingOptions masking_;
  MaskedLanguageModel model_;
  WindowPlan plan_;
};

/// How well a model tells the tokens that the rule of training hides in a text: the same ones whenever
/// it is asked, a function of train.seed.
TokenScore masked_score(const MaskedLanguageModel& model, TokenText& text,
                        const MaskingOptions& masking, const Config& config, Share share = {});

/// Of windows that lie evenly over a text, how well a model tells each token from all others of its
/// window, which is hidden by itself: the pseudo-log-likelihood (Wang and Cho 2019; Salazar et al.
/// 2020, "Masked Language Model Scoring", §2.3) is minus the sum of the losses, and the
/// pseudo-perplexity
///
/// \f[ \mathrm{PPPL} = \exp\Bigl(-\frac{1}{N} \sum_t \log P(w_t \mid w_{\setminus t})\Bigr) \f]
///
/// It is no perplexity: the factors are no probability of the text, because each of them knows what
/// comes after. Cost: a forward pass of a window for every token.
struct PseudoScore {
  TokenScore tokens;
  std::int64_t windows = 0, of_windows = 0;
};
PseudoScore pseudo_score(const MaskedLanguageModel& model, TokenText& text,
                         const MaskingOptions& masking, const Config& config);

}  // namespace lectern
