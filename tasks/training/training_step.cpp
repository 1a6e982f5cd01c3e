#include "tasks/training/training_step.h"

#include <optional>

#include "attention/pattern.h"
#include "autograd/complete_gradients.h"
#include "autograd/ops/arithmetic.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/cast.h"

namespace lectern {
namespace {

void expect_one_piece(const NamedParameter& parameter) {
  check(!parameter.variable.has_gradient(), [&] {
    return text("the gradient of ", parameter.name, " came in two pieces, which it did not in the ",
                "first step; what is calculated depends on the batch; train this model with ",
                "train.overlap_grad_reduce = false");
  });
}

}  // namespace

StepSum differentiate(Task& task, Optimizer& optimizer, std::span<const Tensor> tensors,
                      const Tensor& target_count, EarlyGradients* early) {
  const std::vector<NamedParameter>& parameters = optimizer.parameters();
  std::vector<bool> taken(parameters.size(), false);
  std::optional<CompleteGradients> watch;
  if (early != nullptr) {
    std::vector<Variable> leaves;
    for (const NamedParameter& parameter : parameters) leaves.push_back(parameter.variable);
    const auto complete = [&](std::size_t i) {
      Variable leaf = parameters[i].variable;
      taken[i] = leaf.has_gradient() && early->take(i, leaf.gradient());
      if (taken[i]) leaf.zero_gradient();
    };
    watch.emplace(leaves, complete, [early] { early->after_op(); });
  }
  const Tensor& numbers = optimizer.numbers();
  StepSum sum{{}, zeros(numbers.shape(), numbers.dtype(), numbers.device())};
  const Variable mean = task.loss_of(tensors);
  add_loss(sum.numbers, mean.value(), target_count);
  const Variable regularization = regularization_loss(task.model());
  backward(regularization.defined() ? add(mean, regularization) : mean, target_count);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Variable& variable = parameters[i].variable;
    if (taken[i]) expect_one_piece(parameters[i]);
    sum.gradients.push_back(variable.has_gradient() ? variable.gradient() : Tensor());
  }
  if (watch) {
    std::vector<bool> sure;
    for (std::size_t i = 0; i < parameters.size(); ++i) sure.push_back(watch->is_sure_of(i));
    early->learn(sure);
  }
  optimizer.zero_gradients();
  return sum;
}

Tensor target_count(const Task::Inputs& batch, Optimizer& optimizer) {
  const DType dtype = optimizer.parameters().at(0).variable.value().dtype();
  return full({}, static_cast<double>(batch.target_tokens), dtype, optimizer.numbers().device());
}

StepSum SumInHalves::operator()(std::int64_t begin, std::int64_t end,
                                const std::function<StepSum(std::int64_t i)>& of_batch) {
  if (end - begin == 1) {
    StepSum one = of_batch(begin);
    for (Tensor& gradient : one.gradients) gradient = rounded(gradient);
    return one;
  }
  const std::int64_t middle = begin + (end - begin + 1) / 2;
  StepSum sum = (*this)(begin, middle, of_batch);
  earlier_.push_back(&sum);
  StepSum other = (*this)(middle, end, of_batch);
  earlier_.pop_back();
  merge(sum, std::move(other));
  return sum;
}

Tensor SumInHalves::with_earlier(std::size_t parameter, Tensor gradient) const {
  gradient = rounded(gradient);
  for (auto half = earlier_.rbegin(); half != earlier_.rend(); ++half) {
    const std::vector<Tensor>& gradients = (*half)->gradients;
    if (!gradients.empty() && gradients[parameter].defined())
      gradient = rounded(add(gradients[parameter], gradient));
  }
  return gradient;
}

Tensor SumInHalves::rounded(Tensor gradient) const {
  if (dtype_ != DType::bf16 || !gradient.defined()) return gradient;
  return cast(cast(gradient, dtype_), gradient.dtype());
}

void SumInHalves::merge(StepSum& sum, StepSum other) const {
  if (sum.gradients.empty()) std::swap(sum, other);
  if (other.gradients.empty()) return;
  for (std::size_t i = 0; i < sum.gradients.size(); ++i) {
    Tensor &mine = sum.gradients[i], &theirs = other.gradients[i];
    if (!theirs.defined()) continue;
    if (!mine.defined()) {
      mine = theirs;
      continue;
    }
    if (mine.owns_storage_alone())
      add_in_place(mine, theirs);
    else
      mine = add(mine, theirs);
    mine = rounded(mine);
  }
  add_in_place(sum.numbers, other.numbers);
}

SumOverRanks::SumOverRanks(ProcessGroup& group, Optimizer& optimizer, const Options& options)
    : group_(group),
      parameters_(optimizer.parameters()),
      row_(parameters_),
      numbers_(optimizer.numbers().size()) {
  const Tensor& like = parameters_.at(0).variable.value();
  const auto count = static_cast<std::int64_t>(parameters_.size());
  const DType dtype = options.dtype == DType::bf16 ? DType::bf16 : like.dtype();
  overlap_ = options.overlap && like.device() == cpu;
  gradients_ = zeros({row_.size()}, like.dtype(), like.device());
  if (dtype != like.dtype()) gradients_ = cast(gradients_, dtype);
  beside_ = zeros({numbers_ + count}, DType::f64, like.device());
  yes_ = full({count}, 1, DType::f64, like.device());
  no_ = zeros_like(yes_);
  put_.assign(parameters_.size(), false);
  buckets_ = buckets_of(options.bucket_bytes);
  bucket_of_.resize(parameters_.size());
  for (std::size_t i = 0; i < buckets_.size(); ++i)
    for (std::size_t j = buckets_[i].begin; j < buckets_[i].end; ++j) bucket_of_[j] = i;
  learn_anew();
}

std::vector<SumOverRanks::Bucket> SumOverRanks::buckets_of(std::int64_t bytes) const {
  const std::int64_t most = bytes / size_of(gradients_.dtype());
  std::vector<Bucket> buckets;
  for (std::size_t end = parameters_.size(); end > 0; end = buckets.back().begin) {
    std::size_t begin = end - 1;
    while (begin > 0 && row_.end(end - 1) - row_.begin(begin - 1) <= most) --begin;
    buckets.push_back({begin, end, end - begin});
  }
  return buckets;
}

void SumOverRanks::learn_anew() {
  learning_ = true;
  early_.assign(parameters_.size(), overlap_);
}

void SumOverRanks::learn(const std::vector<bool>& sure) {
  for (std::size_t i = 0; i < early_.size(); ++i) early_[i] = early_[i] && sure[i];
  learning_ = false;
}

void SumOverRanks::put_early(std::size_t parameter, const Tensor& gradient) {
  fill(parameter, gradient);
  put_[parameter] = true;
  --buckets_[bucket_of_[parameter]].missing;
  send_full_buckets();
}

/// All ranks send the same bucket first; one that is full waits for those before it.
void SumOverRanks::send_full_buckets() {
  while (sent_.size() < buckets_.size() && buckets_[sent_.size()].missing == 0) {
    const Bucket& bucket = buckets_[sent_.size()];
    const std::int64_t begin = row_.begin(bucket.begin), end = row_.end(bucket.end - 1);
    const int tag = static_cast<int>(sent_.size()) + 1;
    sent_.emplace_back(group_, gradients_.slice(begin, end), tag);
  }
}

void SumOverRanks::advance() {
  while (done_ < sent_.size() && sent_[done_].advance()) ++done_;
  for (std::size_t i = done_; i < sent_.size(); ++i) sent_[i].advance();
}

void SumOverRanks::fill(std::size_t parameter, const Tensor& gradient) {
  Tensor place = row_.place(gradients_, parameter);
  const Tensor numbers = gradient.reshape(place.shape());
  place.copy_from(numbers.dtype() == place.dtype() ? numbers : cast(numbers, place.dtype()));
}

void SumOverRanks::put(const StepSum& own) {
  const std::size_t count = parameters_.size();
  const auto has = [&](std::size_t i) {
    return put_[i] || (!own.gradients.empty() && own.gradients[i].defined());
  };
  for (std::size_t i = 0; i < count; ++i) {
    if (put_[i]) continue;
    const Tensor& like = parameters_[i].variable.value();
    // Nothing is changed by adding -0, not even a 0 or a -0.
    fill(i, has(i) ? own.gradients[i] : full(like.shape(), -0.0, like.dtype(), like.device()));
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

/// The gradients of all ranks are added up, those that are under way and the rest.
void SumOverRanks::meet() {
  if (!overlap_) return all_reduce(group_, gradients_);
  for (Bucket& bucket : buckets_) bucket.missing = 0;
  send_full_buckets();
  advance();  // all set out, before one is waited for
  for (AllReduce& bucket : sent_) bucket.finish();
  sent_.clear();
  done_ = 0;
  for (Bucket& bucket : buckets_) bucket.missing = bucket.end - bucket.begin;
  put_.assign(put_.size(), false);
}

StepSum SumOverRanks::of_all() {
  meet();
  all_reduce(group_, beside_);
  const std::vector<double> beside = beside_.to_vector<double>();
  StepSum sum{{}, beside_.slice(0, numbers_)};
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& gradient = sum.gradients.emplace_back();
    if (beside[static_cast<std::size_t>(numbers_) + i] == 0) continue;
    const Variable& variable = parameters_[i].variable;
    gradient = row_.place(gradients_, i).reshape(variable.shape());
    if (gradient.dtype() != variable.value().dtype())
      gradient = cast(gradient, variable.value().dtype());
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
