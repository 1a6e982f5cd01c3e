#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/language_model.h"
#include "tasks/language_model/bytes.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/token_score.h"

namespace lectern {

/// The model that a configuration describes, over bytes.
LanguageModel::Options byte_model_options(const Config& config);

/// Learning to predict the next byte of a text, which is one long sequence cut into windows of
/// task.length bytes.
class LanguageModelTask : public TaskOf<WindowBatch> {
 public:
  struct Texts {
    std::string train = {};
    std::string valid = {};  ///< empty: there is nothing to validate on
  };
  /// \throws Failure (data) where `train` is shorter than two windows
  LanguageModelTask(const Config& config, Texts texts);

  Module& model() override { return model_; }
  std::int64_t batches_in_epoch(std::int64_t epoch) override;
  WindowBatch batch(std::int64_t epoch, std::int64_t index) override;
  Variable loss(const WindowBatch& batch) override;
  bool can_validate() const override { return !texts_.valid.empty(); }
  Validation validate() override;
  std::string data_checksum() const override;
  void describe(Checkpoint& checkpoint) override { describe_task(config_, checkpoint); }

 private:
  const std::vector<std::int64_t>& plan(std::int64_t epoch);

  Config config_;
  Texts texts_;
  std::int64_t length_, batch_size_;  // bytes of a window, windows of a batch
  LanguageModel model_;
  std::int64_t planned_epoch_ = -1;
  std::vector<std::int64_t> plan_;
};

/// How well a model predicts every byte of a text but the first, each from those before it in its
/// window of task.length bytes.
TokenScore score_text(const LanguageModel& model, const std::string& text, const Config& config);

}  // namespace lectern
