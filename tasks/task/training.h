#pragma once

#include <memory>
#include <string>

#include "tasks/task/task_kind.h"
#include "tasks/training/trainer.h"

namespace lectern {

/// A training by gradient steps, as a configuration describes it: the task, its model, the optimiser and
/// the trainer.
class Training {
 public:
  /// Tells the journal what the data and the model are.
  /// \param context  its task has TaskKind::start; where `resumed` is given, the training goes on there
  /// \param folder   null on every rank but the first
  /// \param group    who shares the steps; null: nobody
  /// \throws Failure as TaskKind::start, check_training and Trainer::resume
  Training(const TaskContext& context, RunFolder* folder, ProcessGroup* group = nullptr);

  Trainer& trainer() { return trainer_; }
  Task& task() { return *task_; }

 private:
  std::unique_ptr<Task> task_;
  std::unique_ptr<Optimizer> optimizer_;
  Trainer trainer_;
};

/// `cpu`, or the GPU's name and number: `cuda:0, NVIDIA H100 80GB HBM3`.
std::string describe(Device device);

}  // namespace lectern
