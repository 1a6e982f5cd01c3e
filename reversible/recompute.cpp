#include "reversible/recompute.h"

#include <algorithm>
#include <memory>

#include "autograd/replay.h"

namespace lectern {
namespace {

/// The same numbers as leaves of a tape of their own.
std::vector<Variable> leaves(const std::vector<Tensor>& values, const std::vector<bool>& needed) {
  std::vector<Variable> result;
  for (std::size_t i = 0; i < values.size(); ++i)
    result.push_back(needed[i] ? Variable::parameter(values[i]) : Variable(values[i]));
  return result;
}

/// For a record whose function has parameters, which learn even where no input does.
std::vector<Variable> with_origin(std::vector<Variable> inputs) {
  for (const Variable& input : inputs)
    if (input.requires_gradient()) return inputs;
  if (!inputs.empty()) inputs[0] = Variable::parameter(inputs[0].value().outline());
  return inputs;
}

/// Forward and backward of a RowFunction, chunk by chunk.
class ChunkedRun {
 public:
  ChunkedRun(RowFunction f, const Variable& x, std::int64_t chunk_rows)
      : f_(std::move(f)),
        shape_(x.shape()),
        rows_(x.value().reshape({-1, x.dim(-1)})),
        chunk_rows_((chunk_rows + 3) / 4 * 4),
        decisions_(static_cast<std::size_t>((rows_.dim(0) + chunk_rows_ - 1) / chunk_rows_)),
        needs_gradient_(x.requires_gradient()) {}

  Tensor forward() {
    const NoGradient no_gradient;
    Tensor result;
    for_each_chunk([&](std::int64_t begin, std::int64_t end) {
      const Tensor part = run(Variable(rows_.slice(begin, end)), begin).value();
      if (!result.defined())
        result = Tensor({rows_.dim(0), part.dim(-1)}, part.dtype(), part.device());
      result.slice(begin, end).copy_from(part);
    });
    Shape shape = shape_;
    shape.set(-1, result.dim(1));
    return result.reshape(shape);
  }

  Gradients backward(const Tensor& d_output) {
    check(recording(), "backward() through in_chunks, which records again, in a NoGradient");
    const Tensor d_rows = d_output.reshape({rows_.dim(0), -1});
    Tensor d_x;
    if (needs_gradient_) d_x = empty_like(rows_);
    for_each_chunk([&](std::int64_t begin, std::int64_t end) {
      const Tensor chunk = rows_.slice(begin, end);
      const Variable leaf = needs_gradient_ ? Variable::parameter(chunk) : Variable(chunk);
      const Variable part = run(leaf, begin);
      if (part.requires_gradient()) lectern::backward(part, d_rows.slice(begin, end));
      if (!needs_gradient_) return;
      Tensor target = d_x.slice(begin, end);
      target.copy_from(leaf.gradient().defined() ? leaf.gradient() : zeros_like(chunk));
    });
    return {needs_gradient_ ? d_x.reshape(shape_) : Tensor()};
  }

 private:
  template <class Action>
  void for_each_chunk(const Action& action) const {
    for (std::int64_t begin = 0; begin < rows_.dim(0); begin += chunk_rows_)
      action(begin, std::min(begin + chunk_rows_, rows_.dim(0)));
  }

  Variable run(const Variable& rows, std::int64_t first_row) {
    const DecisionScope scope(decisions_[static_cast<std::size_t>(first_row / chunk_rows_)]);
    return f_(rows, first_row);
  }

  RowFunction f_;
  Shape shape_;
  Tensor rows_;  // [row, in]
  std::int64_t chunk_rows_;
  std::vector<std::vector<Tensor>> decisions_;  // of every chunk
  bool needs_gradient_;
};

}  // namespace

Variable recompute(const RecomputedFunction& f, const std::vector<Variable>& inputs) {
  std::vector<Tensor> values;
  std::vector<bool> needed;
  for (const Variable& input : inputs) {
    values.push_back(input.value());
    needed.push_back(input.requires_gradient());
  }
  const auto decisions = std::make_shared<std::vector<Tensor>>();
  const auto run = [f, decisions](const std::vector<Variable>& in) {
    const DecisionScope scope(*decisions);
    return f(in);
  };
  const auto forward = [&] {
    const NoGradient no_gradient;
    return run(leaves(values, needed)).value();
  };
  const auto rule = [run, values, needed](const Tensor& d_output) {
    check(recording(), "backward() through recompute, which records again, in a NoGradient");
    const std::vector<Variable> in = leaves(values, needed);
    const Variable output = run(in);
    if (output.requires_gradient()) backward(output, d_output);
    Gradients gradients;
    for (const Variable& leaf : in) gradients.push_back(leaf.gradient());
    return gradients;
  };
  return record("recompute", forward(), with_origin(inputs), rule);
}

Variable in_chunks(const RowFunction& f, const Variable& x, std::int64_t chunk_rows) {
  check(chunk_rows > 0 && x.value().rank() > 0 && x.value().size() > 0, [&] {
    return text("in_chunks got chunks of ", chunk_rows, " rows for ", x.shape(),
                "; expected at least one row of each");
  });
  const auto run = std::make_shared<ChunkedRun>(f, x, chunk_rows);
  return record("in_chunks", run->forward(), with_origin({x}),
                [run](const Tensor& d_output) { return run->backward(d_output); });
}

}  // namespace lectern
