#include "tasks/training/training_step.h"

#include "attention/pattern.h"
#include "autograd/ops/arithmetic.h"

namespace lectern {

void add_gradients(Task& task, Optimizer& optimizer, std::span<const Tensor> tensors,
                   const Tensor& target_count) {
  const Variable mean = task.loss_of(tensors);
  add_loss(optimizer.numbers(), mean.value(), target_count);
  const Variable regularization = regularization_loss(task.model());
  backward(regularization.defined() ? add(mean, regularization) : mean, target_count);
}

Tensor target_count(const Task::Inputs& batch, Optimizer& optimizer) {
  const DType dtype = optimizer.parameters().at(0).variable.value().dtype();
  return full({}, static_cast<double>(batch.target_tokens), dtype, optimizer.numbers().device());
}

}  // namespace lectern
