#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "nn/module.h"
#include "nn/optim/optimizer.h"
#include "nn/optim/schedule.h"
#include "tasks/training/checkpoint.h"
#include "tasks/training/journal.h"
#include "tasks/training/run_folder.h"
#include "tasks/training/signals.h"
#include "tasks/training/task.h"
#include "tasks/training/training_step.h"
#include "tensor/collective.h"
#include "tensor/recorded_work.h"

namespace lectern {

struct TrainerOptions {
  Schedule schedule;
  std::int64_t max_steps = 0;   ///< 0: no limit
  std::int64_t max_epochs = 0;  ///< 0: no limit
  std::int64_t grad_accum = 1;
  double clip_norm = 0.0;  ///< 0: do not clip
  std::uint64_t seed = 42;
  std::int64_t valid_every = 1000;  ///< steps; 0: only at the end
  std::int64_t save_every = 1000;   ///< steps; 0: only at the end
  std::int64_t keep_last = 3;
  std::int64_t keep_best = 1;
  std::int64_t early_stopping = 0;  ///< validations without a new best; 0: never
  bool select_by_loss = false;      ///< the best checkpoint is the one of least loss
  std::int64_t average_checkpoints = 0;
  std::int64_t log_every = 100;
  std::int64_t freeze_widths_at = 0;  ///< step after which learned windows are cut; 0: never
  double dropped_mass = 0.01;         ///< the share of a head's attention that this may lose
  bool detect_anomaly = false;
  bool cuda_graphs = true;  ///< a GPU records the step of each batch shape (RecordedWork)
  /// Who shares the batches of every step; null: this process does all of them. As many ranks as
  /// divide grad_accum.
  ProcessGroup* group = nullptr;
  SumOverRanks::Options reduce = {};  ///< how gradients are added up
};

/// Everything that changes from step to step besides the weights and the optimiser's state. It is
/// saved with them, so that a resumed run repeats the uninterrupted one bit for bit.
struct Progress {
  std::int64_t step = 0;  ///< optimiser steps done
  std::int64_t epoch = 0;
  std::int64_t next_batch = 0;       ///< of this epoch
  std::int64_t tokens = 0;           ///< real source and target tokens seen
  double interval_loss = 0.0;        ///< summed since the last log line …
  std::int64_t interval_tokens = 0;  ///< … over so many target tokens
  double best_score = 0.0;
  std::int64_t best_step = -1;      ///< -1: none yet
  std::int64_t stalled = 0;         ///< validations since the best
  std::int64_t schedule_steps = 0;  ///< Schedule::total_steps that it went by
};

/// Trains a model, and knows nothing of what it learns.
///
/// On a GPU the host goes ahead: it hands over step after step and reads their losses only to log,
/// to validate or to save. The device itself stops changing weights when a step is not finite.
///
/// The ranks of a group hold the same weights. Each computes the gradients of its own batches of a
/// step, grad_accum / size neighbours; after these are summed over all ranks every rank takes the same
/// step. What a batch is, its dropout, its tokens, belongs to its place in the step: the bits do not
/// depend on how many ranks there are. The first one validates, saves and logs.
class Trainer {
 public:
  /// \param folder  null on every rank but the first
  Trainer(Task& task, Optimizer& optimizer, const TrainerOptions& options, RunFolder* folder,
          Journal& journal);

  /// Continues where a checkpoint stopped. Throws Failure(checkpoint) naming the first parameter or
  /// number that does not fit, and Failure(data) where the data have become too few.
  void resume(const Checkpoint& checkpoint);

  /// Trains to the end of the budget, or until a signal. Throws Failure(diverged) at the step where
  /// the loss or a gradient is not finite, before any weight has changed.
  /// \return 0, or the signal that ended the run, after saving
  int run();

  /// The same for a program that does other things between the steps: begin(), then advance() until it
  /// is finished(), then end().
  void begin();
  /// A step, and what is due after it: its line, a validation, a checkpoint.
  void advance();
  bool finished() const;
  /// Saves and validates once more.
  void end();
  /// Writes a checkpoint of where the training is, unless there is one.
  void save();

  const Progress& progress() const { return progress_; }
  /// Of how many batch shapes the step has been recorded (on a GPU).
  std::int64_t recorded_shapes() const { return step_->recordings(); }

 private:
  struct Tokens {
    std::int64_t target = 0, source = 0;  // real ones
  };
  /// What this rank reads in a step, batch after batch: the task's tensors, and how many tokens.
  struct StepInputs {
    std::vector<Tensor> tensors;
    Tokens tokens;
  };
  void expect_shareable() const;
  void expect_same_data(const Checkpoint& checkpoint);
  void tell_stretched_schedule();
  void one_step();
  void record_anew();
  void freeze_windows_if_due();
  std::int64_t own_batches() const { return options_.grad_accum / group_->size(); }
  StepInputs next_inputs();
  void write_mask_keys();
  RandomKey mask_key(std::int64_t batch) const;
  void compute_step(const std::vector<Tensor>& inputs);
  void take_step(StepSum sum);
  StepSum sum_own_batches(const std::vector<Tensor>& inputs, bool early);
  void settle();
  [[noreturn]] void explain_divergence();
  int obey(const SignalWatch& signals);
  bool is_due(std::int64_t every) const;  ///< something that is done every so many steps; 0: never
  void log_interval(double learning_rate);
  void validate();
  void mark_best();
  void average_best();
  NamedTensors optimizer_state() const;
  Checkpoint snapshot(const NamedTensors& optimizer_state) const;

  Task& task_;
  Optimizer& optimizer_;
  TrainerOptions options_;
  RunFolder* folder_;
  Journal& journal_;
  ProcessGroup alone_;
  ProcessGroup* group_;
  std::vector<NamedParameter> parameters_;
  Progress progress_;
  std::optional<RecordedWork> step_;  // compute_step
  std::optional<SumOverRanks> sum_;   // none in a group of one
  Tensor mask_keys_;                  // i32 [batch of a step], RandomKey::step
  std::size_t tensors_of_batch_ = 0;  // in StepInputs
  Tensor results_;                    // [step, loss and norm] of the steps that nobody has read yet
  std::vector<Progress> unsettled_;   // before each of them
  double gradient_norm_ = 0.0;        // of the last step that was read
  std::int64_t saved_step_ = -1;
  std::int64_t validated_step_ = -1;
};

/// Copies the weights of a checkpoint into a model. Throws Failure(checkpoint) naming the first
/// parameter that is missing or has another shape.
void load_parameters(Module& model, const Checkpoint& checkpoint);

}  // namespace lectern
