#include "tasks/training/training_step.h"

#include "attention/pattern.h"
#include "autograd/ops/arithmetic.h"
#include "tensor/ops/arithmetic.h"

namespace lectern {
namespace {

/// Where in one long row of numbers the gradient of each parameter begins, and where the last one
/// ends. Each begins at a multiple of 32 numbers, as in memory of its own.
std::vector<std::int64_t> starts_in_row(const std::vector<NamedParameter>& parameters) {
  std::vector<std::int64_t> starts{0};
  for (const NamedParameter& parameter : parameters)
    starts.push_back(starts.back() + (parameter.variable.value().size() + 31) / 32 * 32);
  return starts;
}

void merge(StepSum& sum, StepSum other) {
  if (sum.gradients.empty()) std::swap(sum, other);
  if (other.gradients.empty()) return;
  for (std::size_t i = 0; i < sum.gradients.size(); ++i) {
    Tensor &mine = sum.gradients[i], &theirs = other.gradients[i];
    if (!mine.defined())
      mine = theirs;
    else if (theirs.defined() && mine.owns_storage_alone())
      add_in_place(mine, theirs);
    else if (theirs.defined())
      mine = add(mine, theirs);
  }
  add_in_place(sum.numbers, other.numbers);
}

}  // namespace

StepSum differentiate(Task& task, Optimizer& optimizer, std::span<const Tensor> tensors,
                      const Tensor& target_count) {
  const Tensor& numbers = optimizer.numbers();
  StepSum sum{{}, zeros(numbers.shape(), numbers.dtype(), numbers.device())};
  const Variable mean = task.loss_of(tensors);
  add_loss(sum.numbers, mean.value(), target_count);
  const Variable regularization = regularization_loss(task.model());
  backward(regularization.defined() ? add(mean, regularization) : mean, target_count);
  for (const NamedParameter& parameter : optimizer.parameters()) {
    const Variable& variable = parameter.variable;
    sum.gradients.push_back(variable.has_gradient() ? variable.gradient() : Tensor());
  }
  optimizer.zero_gradients();
  return sum;
}

Tensor target_count(const Task::Inputs& batch, Optimizer& optimizer) {
  const DType dtype = optimizer.parameters().at(0).variable.value().dtype();
  return full({}, static_cast<double>(batch.target_tokens), dtype, optimizer.numbers().device());
}

StepSum sum_in_halves(std::int64_t begin, std::int64_t end,
                      const std::function<StepSum(std::int64_t i)>& of_batch) {
  if (end - begin == 1) return of_batch(begin);
  const std::int64_t middle = begin + (end - begin + 1) / 2;
  StepSum sum = sum_in_halves(begin, middle, of_batch);
  merge(sum, sum_in_halves(middle, end, of_batch));
  return sum;
}

void sum_over_ranks(ProcessGroup& group, StepSum& sum, Optimizer& optimizer, Tensor& row) {
  if (group.size() == 1) return;
  const std::vector<NamedParameter>& parameters = optimizer.parameters();
  const std::vector<std::int64_t> starts = starts_in_row(parameters);
  const Tensor& like = parameters.at(0).variable.value();
  if (!row.defined()) row = zeros({starts.back()}, like.dtype(), like.device());
  sum.gradients.resize(parameters.size());
  // Beside the gradients: the numbers, and how many ranks have a gradient of each parameter.
  const std::int64_t count = optimizer.numbers().size();
  std::vector<double> beside(count + parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor& gradient = sum.gradients[i];
    const std::int64_t size = parameters[i].variable.value().size();
    Tensor place = row.slice(starts[i], starts[i] + size);
    // Nothing is changed by adding -0, not even a 0 or a -0.
    place.copy_from(gradient.defined() ? gradient.reshape({size})
                                       : full({size}, -0.0, like.dtype(), like.device()));
    beside[count + i] = gradient.defined() ? 1 : 0;
  }
  Tensor small = tensor_of<double>({static_cast<std::int64_t>(beside.size())}, beside);
  small = small.to(row.device());
  Tensor numbers = small.slice(0, count);
  if (sum.numbers.defined()) numbers.copy_from(sum.numbers);
  all_reduce(group, row);
  all_reduce(group, small);

  beside = small.to_vector<double>();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Shape& shape = parameters[i].variable.shape();
    sum.gradients[i] = beside[count + i] > 0
                           ? row.slice(starts[i], starts[i] + shape.size()).reshape(shape)
                           : Tensor();
  }
  sum.numbers = numbers;
}

void hand_over(StepSum sum, Optimizer& optimizer) {
  const std::vector<NamedParameter>& parameters = optimizer.parameters();
  for (std::size_t i = 0; i < sum.gradients.size(); ++i) {
    Variable parameter = parameters[i].variable;
    parameter.set_gradient(std::move(sum.gradients[i]));
  }
  add_in_place(optimizer.numbers(), sum.numbers);
}

}  // namespace lectern
