#pragma once

#include <functional>
#include <span>
#include <vector>

#include "nn/optim/optimizer.h"
#include "tasks/training/parameter_row.h"
#include "tasks/training/task.h"
#include "tensor/collective.h"

namespace lectern {

/// What batches have found together.
struct StepSum {
  std::vector<Tensor>
      gradients;   ///< of every parameter, undefined where it has none; empty: no batch
  Tensor numbers;  ///< StepNumbers of which only the loss is not 0
};

/// Forward and backward over one batch: its loss, summed over its targets, and the gradients of it.
/// The model is in training mode; its parameters have no gradients, before and after.
/// \param tensors       Task::Inputs::tensors
/// \param target_count  a scalar in the parameters' dtype: Task::Inputs::target_tokens
StepSum differentiate(Task& task, Optimizer& optimizer, std::span<const Tensor> tensors,
                      const Tensor& target_count);

/// Task::Inputs::target_tokens where the step reads it.
Tensor target_count(const Task::Inputs& batch, Optimizer& optimizer);

/// The sum over batches `begin … end-1`, halves of halves: `(0 + 1) + (2 + 3)`. So several processes may
/// find the parts of it, and the bits are those of one.
/// \param of_batch  what batch i finds
/// Memory: the gradients once more for every halving.
StepSum sum_in_halves(std::int64_t begin, std::int64_t end,
                      const std::function<StepSum(std::int64_t i)>& of_batch);

/// The sum over a rank's own batches, and the one over all ranks' that follows from it.
///
/// Memory: all gradients once, kept from step to step.
class SumOverRanks {
 public:
  SumOverRanks(ProcessGroup& group, Optimizer& optimizer);

  /// What this rank has found. Done by the parameters' device alone: a GPU may record it.
  void put(const StepSum& own);
  /// The sum over all ranks, of which each has put its own: the same bits on each. The gradients are
  /// views of the memory here. Cost: all_reduce of all gradients and of a few numbers beside them.
  StepSum of_all();

 private:
  ProcessGroup& group_;
  const std::vector<NamedParameter>& parameters_;
  ParameterRow row_;
  Tensor gradients_;  // [number] of all parameters, in that row
  Tensor
      beside_;  // f64 [number]: the numbers of the step, and who has a gradient of each parameter
  Tensor yes_, no_;       // f64 [parameter]: ones and zeros
  std::int64_t numbers_;  // how many of the numbers are the step's
};

/// Gives the gradients to the parameters and the loss to the numbers of the step.
void hand_over(StepSum sum, Optimizer& optimizer);

}  // namespace lectern
