#include "tasks/training/training_step.h"

#include "attention/pattern.h"
#include "autograd/ops/arithmetic.h"
#include "tensor/ops/arithmetic.h"

namespace lectern {
namespace {

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

SumOverRanks::SumOverRanks(ProcessGroup& group, Optimizer& optimizer)
    : group_(group),
      parameters_(optimizer.parameters()),
      row_(parameters_),
      numbers_(optimizer.numbers().size()) {
  const Tensor& like = parameters_.at(0).variable.value();
  const auto count = static_cast<std::int64_t>(parameters_.size());
  gradients_ = zeros({row_.size()}, like.dtype(), like.device());
  beside_ = zeros({numbers_ + count}, DType::f64, like.device());
  yes_ = full({count}, 1, DType::f64, like.device());
  no_ = zeros_like(yes_);
}

void SumOverRanks::put(const StepSum& own) {
  const std::size_t count = parameters_.size();
  const auto has = [&](std::size_t i) {
    return !own.gradients.empty() && own.gradients[i].defined();
  };
  for (std::size_t i = 0; i < count; ++i) {
    // Nothing is changed by adding -0, not even a 0 or a -0.
    Tensor place = row_.place(gradients_, i);
    place.copy_from(has(i) ? own.gradients[i].reshape(place.shape())
                           : full(place.shape(), -0.0, place.dtype(), place.device()));
  }
  // Neighbours that are alike at once: mostly all of them.
  for (std::size_t begin = 0, end = 0; begin < count; begin = end) {
    while (end < count && has(end) == has(begin)) ++end;
    const auto first = static_cast<std::int64_t>(begin), last = static_cast<std::int64_t>(end);
    beside_.slice(numbers_ + first, numbers_ + last)
        .copy_from((has(begin) ? yes_ : no_).slice(first, last));
  }
  Tensor numbers = beside_.slice(0, numbers_);
  numbers.copy_from(own.numbers.defined()
                        ? own.numbers
                        : zeros(numbers.shape(), numbers.dtype(), numbers.device()));
}

StepSum SumOverRanks::of_all() {
  all_reduce(group_, gradients_);
  all_reduce(group_, beside_);
  const std::vector<double> beside = beside_.to_vector<double>();
  StepSum sum{{}, beside_.slice(0, numbers_)};
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const bool found = beside[static_cast<std::size_t>(numbers_) + i] > 0;
    sum.gradients.push_back(
        found ? row_.place(gradients_, i).reshape(parameters_[i].variable.shape()) : Tensor());
  }
  return sum;
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
