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

/// `[task]` of copy and reverse.
struct RepeatSettings {
  std::int64_t length = 128;   ///< of the whole 0w0w [tokens]
  std::int64_t symbols = 127;  ///< w is drawn from 1 … symbols
  SplitSizes sizes = {};
};

/// The word w of an example: length / 2 − 1 symbols, each drawn evenly from 1 … symbols.
std::vector<std::int32_t> draw_word(const RepeatSettings& settings, const ExampleKey& key);

/// Sequences as a language model reads them.
struct RepeatBatch {
  Tensor ids;      // [batch, length] i32
  Tensor targets;  // [batch, length] i32, the next token in the second half, ignored_target before
  std::int64_t target_tokens = 0;  ///< targets that count
  std::int64_t source_tokens = 0;  ///< the other tokens

  /// What the loss reads.
  template <class Visit>
  void visit_inputs(Visit visit) {
    visit(ids);
    visit(targets);
  }
};
RepeatBatch make_repeat_batch(const std::vector<std::vector<std::int32_t>>& sequences);

/// How a model did on one part of the data.
struct RepeatScore {
  std::int64_t sequences = 0;
  TokenScore symbols = {};   ///< of the second halves
  std::string samples = {};  ///< one, wanted and said
};

/// Learning to repeat a word, as it is or in another order. The model is a causal language model;
/// only the second half has a loss, and accuracy is the share of its symbols that are predicted
/// with the true ones before them given (as Kitaev et al. 2020, table 2).
///
/// Cost: a sequence is drawn when it is needed, and forgotten.
class RepeatTask : public TaskOf<RepeatBatch> {
 public:
  RepeatTask(const Config& config, Arrange arrange);

  Module& model() override { return model_; }
  std::int64_t batches_in_epoch(std::int64_t epoch) override;
  RepeatBatch batch(std::int64_t epoch, std::int64_t index) override;
  Variable loss(const RepeatBatch& batch) override;
  bool can_validate() const override { return true; }
  Validation validate() override;
  void describe(Checkpoint& checkpoint) override { describe_task(config_, checkpoint); }

  RepeatScore score(Split split) const;

 private:
  /// The `count` examples from `first` on.
  RepeatBatch examples(Split split, std::int64_t first, std::int64_t count) const;

  Config config_;
  RepeatSettings settings_;
  Arrange arrange_;
  std::int64_t batch_size_;
  LanguageModel model_;
};

/// What the commands know of such a task.
TaskKind repeat_kind(const std::string& name, const std::string& summary, Arrange arrange);

}  // namespace lectern
