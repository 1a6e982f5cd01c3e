#include "autograd/ops/recurrent.h"

#include "autograd/by_definition.h"

namespace lectern {
namespace {

CellWeights<Tensor> values_of(const CellWeights<Variable>& weights) {
  return {weights.input.value(), weights.hidden.value(), weights.bias.value(),
          weights.hidden_bias.defined() ? weights.hidden_bias.value() : Tensor()};
}
CellState<Tensor> values_of(const CellState<Variable>& state) {
  return {state.h.defined() ? state.h.value() : Tensor(),
          state.c.defined() ? state.c.value() : Tensor()};
}

/// The inputs of the record: those that are there, in the order in which the rule gives gradients.
std::vector<Variable> inputs_of(const Variable& x, const CellWeights<Variable>& weights,
                                const CellState<Variable>& start) {
  std::vector<Variable> inputs;
  for (const Variable& input :
       {x, weights.input, weights.hidden, weights.bias, weights.hidden_bias, start.h, start.c})
    if (input.defined()) inputs.push_back(input);
  return inputs;
}

/// What the record gives: y alone, or y and the last state (RecurrentRun::all).
enum class Gives { y, all };

struct Recorded {
  RecurrentRun run;
  Variable value;
};

Recorded record_reading(CellKind cell, const Variable& x, const CellWeights<Variable>& weights,
                        const ReadingOptions& options, Gives gives, Where where) {
  const CellWeights<Tensor> numbers = values_of(weights);
  const PackedSteps steps = packed_steps(x.shape(), options.lengths, options.reverse, where);
  RecurrentRun run = read_sequences(cell, x.value(), steps, numbers, values_of(options.start),
                                    options.packed, where);
  const auto rule = [cell, run, numbers, gives, needs_x = x.requires_gradient(),
                     has_h = options.start.h.defined(), has_c = options.start.c.defined()](
                        const Tensor& d_value) mutable -> Gradients {
    const std::int64_t batch = run.steps.batch, tokens = batch * run.steps.length;
    CellState<Tensor> d_last;
    if (gives == Gives::all) d_last.h = d_value.slice(tokens, tokens + batch);
    if (gives == Gives::all && run.last.c.defined())
      d_last.c = d_value.slice(tokens + batch, tokens + 2 * batch);
    const Tensor d_y =
        gives == Gives::all ? d_value.slice(0, tokens).reshape(run.y.shape()) : d_value;
    const auto [d_x, d_weights, d_start] =
        read_sequences_backward(cell, run, numbers, d_y, d_last, needs_x);
    Gradients gradients{d_x, d_weights.input, d_weights.hidden, d_weights.bias};
    if (d_weights.hidden_bias.defined()) gradients.push_back(d_weights.hidden_bias);
    if (has_h) gradients.push_back(d_start.h);
    if (has_c) gradients.push_back(d_start.c);
    return gradients;
  };
  return {run, record("recurrent", gives == Gives::y ? run.y : run.all,
                      inputs_of(x, weights, options.start), rule, where)};
}

/// Some rows of the record's value, as a tensor of that shape: a view.
Variable part_of(const Variable& all, std::int64_t begin, const Tensor& part) {
  return record("recurrent_part", part, {all},
                [begin, shape = all.shape(),
                 rows = part.size() / all.dim(1)](const Tensor& d_part) -> Gradients {
                  Tensor d_all = zeros(shape, d_part.dtype(), d_part.device());
                  d_all.slice(begin, begin + rows).copy_from(d_part.reshape({rows, shape[1]}));
                  return {d_all};
                });
}

}  // namespace

Variable recurrent(CellKind cell, const Variable& x, const CellWeights<Variable>& weights,
                   const ReadingOptions& options, Where where) {
  if (runs_by_definition()) return recurrent_by_definition(cell, x, weights, options, where).y;
  return record_reading(cell, x, weights, options, Gives::y, where).value;
}

Reading read_to_the_end(CellKind cell, const Variable& x, const CellWeights<Variable>& weights,
                        const ReadingOptions& options, Where where) {
  if (runs_by_definition()) return recurrent_by_definition(cell, x, weights, options, where);
  const auto [run, all] = record_reading(cell, x, weights, options, Gives::all, where);
  const std::int64_t batch = run.steps.batch, tokens = batch * run.steps.length;
  Reading reading{part_of(all, 0, run.y), {part_of(all, tokens, run.last.h)}};
  if (run.last.c.defined()) reading.last.c = part_of(all, tokens + batch, run.last.c);
  return reading;
}

}  // namespace lectern
