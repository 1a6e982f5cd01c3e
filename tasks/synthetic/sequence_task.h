#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/language_model.h"
#include "tasks/task/made_data.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/token_score.h"
#include "tasks/training/share.h"

namespace lectern {

/// A sequence that is made up so that some of its tokens follow from those before them.
struct MadeSequence {
  std::vector<std::int32_t> tokens;
  std::vector<std::int32_t> asked;  ///< the places of tokens that follow, ascending, none of them 0
  /// For each of these, how far back it stands what it follows from [tokens]; empty: not known.
  std::vector<std::int32_t> distance = {};
};

/// A kind of such sequences, all of one length but while a curriculum lasts.
struct SequenceSource {
  std::int64_t length = 0;  ///< [tokens]
  std::int64_t vocab = 0;   ///< tokens are 0 … vocab − 1
  SplitSizes sizes = {};
  std::function<MadeSequence(const ExampleKey&, std::int64_t length)> make = {};
  /// Curriculum (Bengio et al. 2009): the length in the first epoch of the training; it doubles with
  /// every epoch until it is `length`. Every epoch has as many tokens, so that there are more of the
  /// short ones. 0: there is none.
  std::int64_t start_length = 0;

  std::int64_t length_in(std::int64_t epoch) const;
  /// Sequences of an epoch of the training.
  std::int64_t count_in(std::int64_t epoch) const;
};

/// Sequences as a language model reads them.
struct SequenceBatch {
  Tensor ids;      // [batch, length] i32
  Tensor targets;  // [batch, length] i32, the next token where it is asked for, else ignored_target
  std::int64_t target_tokens = 0;  ///< targets that count
  std::int64_t source_tokens = 0;  ///< the other tokens

  /// What the loss reads.
  template <class Visit>
  void visit_inputs(Visit visit) {
    visit(ids);
    visit(targets);
  }
};
SequenceBatch make_sequence_batch(const std::vector<MadeSequence>& sequences);

/// How a model did on one part of the data.
struct SequenceScore {
  std::int64_t sequences = 0;
  TokenScore symbols = {};     ///< of what was asked
  Breakdown by_distance = {};  ///< accuracy; empty where distances are not known
  std::string samples = {};    ///< one, wanted and said
};

/// Learning what follows in sequences that are made up. The model is a causal language model; only
/// what is asked for has a loss, and accuracy is the share of it that is predicted with the true
/// tokens before it given (as Kitaev et al. 2020, table 2).
///
/// Cost: a sequence is drawn when it is needed, and forgotten.
class SequenceTask : public TaskOf<SequenceBatch> {
 public:
  SequenceTask(const Config& config, SequenceSource source);

  Module& model() override { return model_; }
  std::int64_t batches_in_epoch(std::int64_t epoch) override;
  SequenceBatch batch(std::int64_t epoch, std::int64_t index) override;
  Variable loss(const SequenceBatch& batch) override;
  bool can_validate() const override { return true; }
  Validation validate(ProcessGroup& ranks) override;
  void describe(Checkpoint& checkpoint) override { describe_task(config_, checkpoint); }

  SequenceScore score(Split split, Share share = {}) const;

 private:
  std::int64_t batch_size_in(std::int64_t epoch) const;
  /// The `count` examples from `first` on.
  std::vector<MadeSequence> examples(Split split, std::int64_t first, std::int64_t count,
                                     std::int64_t length) const;

  Config config_;
  SequenceSource source_;
  std::int64_t batch_size_;  // of whole sequences
  LanguageModel model_;
};

/// What the commands know of such a task, beside the table of its keys.
/// \param source  what a configuration's [task] means
TaskKind sequence_kind(TaskTable table, SequenceSource (*source)(const Config&));

}  // namespace lectern
