#pragma once

#include <span>

#include "nn/optim/optimizer.h"
#include "tasks/training/task.h"

namespace lectern {

/// Forward and backward over one batch: adds its loss, summed over its targets, to the numbers of the
/// step, and the gradients of it to the parameters. The model is in training mode.
/// \param tensors       Task::Inputs::tensors
/// \param target_count  a scalar in the parameters' dtype: Task::Inputs::target_tokens
void add_gradients(Task& task, Optimizer& optimizer, std::span<const Tensor> tensors,
                   const Tensor& target_count);

/// Task::Inputs::target_tokens where the step reads it.
Tensor target_count(const Task::Inputs& batch, Optimizer& optimizer);

}  // namespace lectern
