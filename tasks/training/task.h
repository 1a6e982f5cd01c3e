#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nn/module.h"
#include "tasks/training/checkpoint.h"
#include "tensor/collective.h"

namespace lectern {

/// What the trainer needs to know of a task: a model, batches with a loss, and how good it is. A task
/// derives from TaskOf, which gives the tensors of a batch their names.
class Task {
 public:
  virtual ~Task() = default;
  virtual Module& model() = 0;
  virtual std::int64_t batches_in_epoch(std::int64_t epoch) = 0;

  /// A batch as the trainer hands it on, to a recorded step of a GPU for example.
  struct Inputs {
    std::vector<Tensor> tensors;     ///< as many, and in the same order, in every batch
    std::int64_t target_tokens = 0;  ///< real ones
    std::int64_t source_tokens = 0;
  };
  virtual Inputs inputs(std::int64_t epoch, std::int64_t index) = 0;
  /// The mean loss over the target tokens of a batch: a function of its tensors and the model, and
  /// of nothing else. A GPU may record it and repeat it for other batches of the same shapes.
  virtual Variable loss_of(std::span<const Tensor> tensors) = 0;

  /// Whether there is something to validate on.
  virtual bool can_validate() const = 0;
  struct Validation {
    double loss = 0.0;            ///< per target token, natural logarithm, not smoothed
    double score = 0.0;           ///< what is to be made large, unless the loss decides
    std::string score_name = {};  ///< "BLEU"
    int score_digits = 1;         ///< after the decimal point, where it is printed
    std::string samples = {};     ///< a few results, for samples.txt
  };
  /// All ranks at once find the same numbers. A task that can has each do its share of the work
  /// (tasks/training/share.h); one that does not look at `ranks` has each do all of it.
  virtual Validation validate(ProcessGroup& ranks) = 0;

  /// A checksum of what is learned from; empty where the settings alone decide that.
  virtual std::string data_checksum() const { return {}; }
  /// Adds what else belongs into a checkpoint: configuration, vocabularies.
  virtual void describe(Checkpoint& checkpoint) = 0;
};

/// A task whose batches are structs:
///
///     struct Batch {
///       Tensor ids, targets;
///       std::int64_t target_tokens = 0, source_tokens = 0;  // real ones
///       /// What the loss reads.
///       template <class Visit> void visit_inputs(Visit visit) { visit(ids); visit(targets); }
///     };
///
/// The struct says the order of its tensors once; everything else calls them by their names.
template <class Batch>
class TaskOf : public Task {
 public:
  virtual Batch batch(std::int64_t epoch, std::int64_t index) = 0;
  /// As Task::loss_of.
  virtual Variable loss(const Batch& batch) = 0;

  Inputs inputs(std::int64_t epoch, std::int64_t index) final {
    Batch named = batch(epoch, index);
    Inputs inputs{{}, named.target_tokens, named.source_tokens};
    named.visit_inputs([&](const Tensor& tensor) { inputs.tensors.push_back(tensor); });
    return inputs;
  }
  Variable loss_of(std::span<const Tensor> tensors) final {
    Batch named;
    auto next = tensors.begin();
    named.visit_inputs([&](Tensor& tensor) { tensor = *next++; });
    return loss(named);
  }
};

}  // namespace lectern
