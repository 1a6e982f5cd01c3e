#pragma once

#include <memory>
#include <vector>

#include "models/language_model.h"
#include "tasks/language_model/settings.h"
#include "tasks/language_model/token_text.h"
#include "tasks/language_model/window_plan.h"
#include "tasks/language_model/windows.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/token_score.h"
#include "tasks/training/share.h"

namespace lectern {

/// The Transformer that a configuration describes, over the tokens of a vocabulary or, null, bytes.
LanguageModel::Options language_model_options(const Config& config, const Tokenizer* tokenizer);
/// The model that a configuration describes: that one, or a recurrent one.
std::unique_ptr<CausalLanguageModel> make_language_model(const Config& config,
                                                         const Tokenizer* tokenizer,
                                                         Initializer& init);

/// Learning to predict the next token of a text, which is one long sequence cut into windows of
/// task.length tokens. A text of several pieces is gone through piece by piece.
class LanguageModelTask : public TaskOf<WindowBatch> {
 public:
  /// \param tokenizer  null: bytes
  /// \throws Failure (data) where `train` is shorter than two windows
  LanguageModelTask(const Config& config, TrainingTexts texts,
                    std::shared_ptr<const Tokenizer> tokenizer = nullptr);

  Module& model() override { return *model_; }
  std::int64_t batches_in_epoch(std::int64_t epoch) override;
  WindowBatch batch(std::int64_t epoch, std::int64_t index) override;
  Variable loss(const WindowBatch& batch) override;
  bool can_validate() const override { return texts_.valid.size() > 0; }
  Validation validate(ProcessGroup& ranks) override;
  std::string data_checksum() const override;
  void describe(Checkpoint& checkpoint) override;

 private:
  Config config_;
  TrainingTexts texts_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::unique_ptr<CausalLanguageModel> model_;
  WindowPlan plan_;
};

/// How well a model predicts every token of a text but the first, each from those before it in its
/// window of task.length tokens.
TokenScore score_text(const CausalLanguageModel& model, TokenText& text, const Config& config,
                      Share share = {});

}  // namespace lectern
