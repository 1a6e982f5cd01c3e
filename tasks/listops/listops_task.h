#pragma once

#include <vector>

#include "models/sequence_classifier.h"
#include "tasks/listops/generator.h"
#include "tasks/task/made_data.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/token_score.h"
#include "tasks/training/share.h"

namespace lectern {

/// The model that a configuration describes, with random weights.
SequenceClassifier make_listops_model(const Config& config);

/// Expressions as a classifier reads them, each after the token that stands for the whole.
struct ListOpsBatch {
  Tokens tokens;
  Tensor values;                   // [batch] i32, 0 … 9
  std::int64_t target_tokens = 0;  ///< values
  std::int64_t source_tokens = 0;  ///< real ones

  /// What the loss reads.
  template <class Visit>
  void visit_inputs(Visit visit) {
    visit(tokens.ids);
    visit(tokens.lengths);
    visit(values);
  }
};
/// Filled up to the longest of them; on a GPU to a multiple of 64, but not beyond `most` tokens, so
/// that shapes repeat from batch to batch.
ListOpsBatch make_listops_batch(const std::vector<std::vector<std::int32_t>>& expressions,
                                std::int64_t most);

/// How a model did on one part of the data.
struct ListOpsScore {
  TokenScore values;
  std::int32_t commonest = 0;    ///< the value that most expressions have …
  double commonest_share = 0.0;  ///< … and how many: what there is to beat
  std::string samples;
};

/// Learning the value of nested expressions, one of ten classes, from their tokens alone (Nangia
/// and Bowman 2018; at lengths of thousands of tokens, Tay et al. 2021, §2.2.1).
class ListOpsTask : public TaskOf<ListOpsBatch> {
 public:
  explicit ListOpsTask(const Config& config);

  Module& model() override { return model_; }
  std::int64_t batches_in_epoch(std::int64_t epoch) override;
  ListOpsBatch batch(std::int64_t epoch, std::int64_t index) override;
  Variable loss(const ListOpsBatch& batch) override;
  bool can_validate() const override { return true; }
  Validation validate(ProcessGroup& ranks) override;
  void describe(Checkpoint& checkpoint) override { describe_task(config_, checkpoint); }

  ListOpsScore score(Split split, Share share = {}) const;

 private:
  /// The `count` expressions from `first` on.
  std::vector<std::vector<std::int32_t>> expressions(Split split, std::int64_t first,
                                                     std::int64_t count) const;

  Config config_;
  ListOpsSettings settings_;
  std::int64_t batch_size_;
  SequenceClassifier model_;
};

}  // namespace lectern
