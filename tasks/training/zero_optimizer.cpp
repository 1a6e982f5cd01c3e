#include "tasks/training/zero_optimizer.h"

#include <algorithm>
#include <map>

namespace lectern {
namespace {

/// `[row … row]` cut into equal parts, at multiples of ParameterRow::unit.
std::vector<std::size_t> equal_parts(std::int64_t size, int count) {
  std::vector<std::size_t> parts;
  for (std::int64_t i = 0; i <= count; ++i)
    parts.push_back(
        static_cast<std::size_t>(size / ParameterRow::unit * i / count * ParameterRow::unit));
  return parts;
}

Tensor in_a_row(const Tensor& tensor) { return tensor.reshape({tensor.size()}); }

}  // namespace

ZeroOptimizer::ZeroOptimizer(std::vector<NamedParameter> parameters, ProcessGroup& group,
                             const Make& make)
    : Optimizer(std::move(parameters)),
      group_(group),
      row_(parameters_),
      parts_(equal_parts(row_.size(), group.size())) {
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    shares_.push_back(
        {parameters_[i].name, Variable::parameter(own_part(parameters_[i].variable.value(), i))});
  own_ = make(shares_);
  own_->numbers() = numbers_;
}

/// Which of a parameter's numbers belong to a rank: none, some or all.
ZeroOptimizer::Range ZeroOptimizer::range(std::size_t parameter, int rank) const {
  const auto part = static_cast<std::size_t>(rank);
  const auto inside = [&](std::size_t at) {
    return std::clamp(static_cast<std::int64_t>(at), row_.begin(parameter), row_.end(parameter)) -
           row_.begin(parameter);
  };
  return {inside(parts_[part]), inside(parts_[part + 1])};
}

/// This rank's numbers of a tensor that is shaped as a parameter: a view of as many axes, by which an
/// optimiser tells matrices from vectors.
Tensor ZeroOptimizer::own_part(const Tensor& whole, std::size_t parameter) const {
  const auto [begin, end] = range(parameter, group_.rank());
  Shape shape;
  for (int axis = 1; axis < whole.rank(); ++axis) shape.append(1);
  shape.append(end - begin);
  return in_a_row(whole).slice(begin, end).reshape(shape);
}

void ZeroOptimizer::complete(StepNumbers& numbers) const {
  own_->set_steps_taken(steps_taken_);
  own_->complete(numbers);
}

void ZeroOptimizer::update_parameters() {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Variable& parameter = parameters_[i].variable;
    Variable& share = shares_[i].variable;
    share.set_value(own_part(parameter.value(), i));  // a checkpoint may have replaced it
    share.set_gradient(parameter.has_gradient() ? own_part(parameter.gradient(), i) : Tensor());
  }
  own_->update_parameters();
  own_->zero_gradients();
  tell_weights();
}

void ZeroOptimizer::tell_weights() {
  const Tensor& like = parameters_.at(0).variable.value();
  const Tensor row({row_.size()}, like.dtype(), like.device());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto [begin, end] = range(i, group_.rank());
    row_.place(row, i).slice(begin, end).copy_from(in_a_row(shares_[i].variable.value()));
  }
  gather_parts(group_, row, parts_);
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    in_a_row(parameters_[i].variable.mutable_value()).copy_from(row_.place(row, i));
}

void ZeroOptimizer::visit_state(const StateVisitor& visitor) {
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < parameters_.size(); ++i) known[parameters_[i].name] = i;
  own_->visit_state([&](const std::string& name, Tensor& share) {
    // `optimizer.first_moment.` and the parameter's name
    const std::size_t i = known.at(name.substr(name.find('.', name.find('.') + 1) + 1));
    const Shape shape = parameters_[i].variable.shape();
    std::vector<std::size_t> starts{0};
    for (int rank = 0; rank < group_.size(); ++rank)
      starts.push_back(static_cast<std::size_t>(range(i, rank).end));
    Tensor state(shape, share.dtype(), share.device());
    own_part(state, i).copy_from(share);
    gather_parts(group_, in_a_row(state), starts);
    visitor(name, state);
    share.copy_from(own_part(state, i));
  });
}

}  // namespace lectern
