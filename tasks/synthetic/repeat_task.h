#pragma once

#include <memory>
#include <vector>

#include "models/language_model.h"
#include "tasks/task/made_data.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/token_score.h"

namespace lectern {

/// How a word of symbols becomes a sequence whose second half follows from its first.
using Arrange = std::vector<std::int32_t> (*)(const std::vector<std::int32_t>& word);

/// The word w of an example: task.length / 2 − 1 symbols, each drawn evenly from 1 … task.symbols.
std::vector<std::int32_t> draw_word(const TaskConfig& task, const ExampleKey& key);

/// Sequences as a language model reads them.
struct RepeatBatch {
  Tensor ids;      // [batch, length] i32
  Tensor targets;  // [batch, length] i32, the next token in the second half, ignored_target before
  std::int64_t count = 0;  ///< targets that count
};
RepeatBatch make_repeat_batch(const std::vector<std::vector<std::int32_t>>& sequences);

/// How a model did on one part of the data.
struct RepeatScore {
  std::int64_t sequences = 0;
  TokenScore symbols = {};   ///< of the second halves
  std::string samples = {};  ///< one, wanted and said
};

/// Learning to repeat a word, as it is or in another order. The model is a causal language model;
/// only the second half has a loss, and accuracy is the share of its symbols that are foretold
/// with the true ones before them given (as Kitaev et al. 2020, table 2).
///
/// Cost: a sequence is drawn when it is needed, and forgotten.
class RepeatTask : public Task {
 public:
  RepeatTask(const Config& config, Arrange arrange);

  Module& model() override { return model_; }
  std::int64_t batches_in_epoch(std::int64_t epoch) override;
  Inputs inputs(std::int64_t epoch, std::int64_t batch) override;
  Variable loss(const std::vector<Tensor>& tensors) override;
  std::optional<Validation> validate() override;
  void describe(Checkpoint& checkpoint) override { describe_task(config_, checkpoint); }

  RepeatScore score(Split split) const;

 private:
  /// The `count` examples from `first` on.
  RepeatBatch batch(Split split, std::int64_t first, std::int64_t count) const;

  Config config_;
  Arrange arrange_;
  std::int64_t batch_size_;
  LanguageModel model_;
};

/// What the commands know of such a task.
TaskKind repeat_kind(TaskConfig::Name name, const std::string& summary, Arrange arrange);

}  // namespace lectern
