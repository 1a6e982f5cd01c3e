#include "tensor/ops/recurrent.h"

#include <utility>

#include "tensor/launch.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/expect.h"
#include "tensor/ops/gather.h"
#include "tensor/ops/reduce.h"

namespace lectern {

template <class T>
void cell_step_kernel(Cpu, const CellStep& step);
template <class T>
void cell_step_kernel(Cuda, const CellStep& step);
template <class T>
void cell_step_backward_kernel(Cpu, const CellStepBackward& step);
template <class T>
void cell_step_backward_kernel(Cuda, const CellStepBackward& step);

namespace {

void expect_weights(CellKind cell, const Tensor& x, const CellWeights<Tensor>& weights,
                    Where where) {
  expect_alike("a recurrent network", x, weights.input, where);
  const std::int64_t hidden = weights.hidden.dim(0), columns = gates_of(cell) * hidden;
  const Shape input{x.dim(-1), columns};
  check(
      weights.input.shape() == input && weights.hidden.shape() == Shape{hidden, columns},
      [&] {
        return text("a ", name_of(cell), " that reads ", x.shape(), " with ", hidden,
                    " hidden numbers needs weights ", input, " and ", Shape{hidden, columns},
                    ", got ", weights.input.shape(), " and ", weights.hidden.shape());
      },
      where);
  expect_shape(weights.bias.shape(), {columns}, "bias", "[gate · hidden]", where);
  if (cell == CellKind::gru)
    expect_shape(weights.hidden_bias.shape(), {hidden}, "hidden_bias", "[hidden]", where);
}

void expect_state(CellKind cell, const CellState<Tensor>& start, const Shape& shape, Where where) {
  check(start.h.defined() == start.c.defined() || cell != CellKind::lstm,
        "an lstm starts from h and c, or from neither", where);
  const auto expect = [&](const Tensor& state, const char* name) {
    if (state.defined())
      check(
          state.shape() == shape,
          [&] {
            return text("the state ", name, " that a ", name_of(cell), " starts from is ",
                        state.shape(), ", expected [batch, hidden] = ", shape);
          },
          where);
  };
  expect(start.h, "h");
  expect(start.c, "c");
}

/// Room for the state before the first step and after every row, with the former filled in.
Tensor past_of(const Tensor& start, const PackedSteps& steps, const Tensor& like,
               std::int64_t hidden) {
  Tensor past({steps.batch + steps.rows(), hidden}, like.dtype(), like.device());
  Tensor first = past.slice(0, steps.batch);
  first.copy_from(start.defined() ? to_places(start, steps) : zeros_like(first));
  return past;
}

/// Which rows of the past a step goes on from.
Tensor before(const Tensor& past, const PackedSteps& steps, std::int64_t step) {
  if (!past.defined()) return {};
  const std::int64_t first = step == 0 ? 0 : steps.batch + steps.begin[step - 1];
  return past.slice(first, first + steps.rows_of(step));
}
Tensor after(const Tensor& past, const PackedSteps& steps, std::int64_t step) {
  if (!past.defined()) return {};
  return past.slice(steps.batch + steps.begin[step], steps.batch + steps.begin[step + 1]);
}
/// A step's rows of what has no start.
Tensor rows_of(const Tensor& rows, const PackedSteps& steps, std::int64_t step) {
  return rows.defined() ? rows.slice(steps.begin[step], steps.begin[step + 1]) : Tensor();
}

/// The state that every row went on from, `[row, hidden]`.
Tensor all_before(const Tensor& past, const PackedSteps& steps) {
  if (!steps.sentences.defined()) return past.slice(0, steps.rows());
  std::vector<std::int32_t> places;
  for (std::int64_t step = 0; step < steps.length; ++step)
    for (std::int64_t i = 0; i < steps.rows_of(step); ++i)
      places.push_back(
          static_cast<std::int32_t>(step == 0 ? i : steps.batch + steps.begin[step - 1] + i));
  return gather_rows(past, tensor_of<std::int32_t>({steps.rows()}, places).to(cpu));
}

Tensor last_of(const Tensor& past, const PackedSteps& steps) {
  return steps.last.defined() ? gather_rows(past, steps.last)
                              : past.slice(steps.rows(), steps.rows() + steps.batch);
}

/// Only the gru multiplies a part of h U before it is added.
bool adds_the_product(CellKind cell) { return cell != CellKind::gru; }

/// A product that is for many steps, or that was packed by the caller.
struct StateProduct {
  const Tensor& weight;
  PackedMatrix packed;

  Tensor operator()(const Tensor& h, const MatmulOptions& options) const {
    return packed.defined() ? matmul(h, packed, options) : matmul(h, weight, options);
  }
};

/// y and the last states, side by side in one tensor.
void show(RecurrentRun& run) {
  const std::int64_t batch = run.steps.batch, length = run.steps.length;
  const std::int64_t hidden = run.past.h.dim(1), tokens = batch * length;
  const bool has_cell = run.past.c.defined();
  run.all = Tensor({tokens + (has_cell ? 2 : 1) * batch, hidden}, run.x.dtype(), run.x.device());
  run.y = run.all.slice(0, tokens).reshape({batch, length, hidden});
  unpack_steps(run.past.h.slice(batch, batch + run.steps.rows()), run.steps, run.y);
  run.last.h = run.all.slice(tokens, tokens + batch);
  run.last.h.copy_from(last_of(run.past.h, run.steps));
  if (!has_cell) return;
  run.last.c = run.all.slice(tokens + batch, tokens + 2 * batch);
  run.last.c.copy_from(last_of(run.past.c, run.steps));
}

/// A derivative by the last states, with every sentence at its place, to be written on.
Tensor running(const Tensor& d_last, const PackedSteps& steps, const Tensor& like) {
  if (!d_last.defined()) return zeros({steps.batch, like.dim(1)}, like.dtype(), like.device());
  return steps.sentences.defined() ? to_places(d_last, steps) : d_last.clone();
}

}  // namespace

RecurrentRun read_sequences(CellKind cell, const Tensor& x, const PackedSteps& steps,
                            const CellWeights<Tensor>& weights, const CellState<Tensor>& start,
                            const PackedCell& packed, Where where) {
  expect_weights(cell, x, weights, where);
  const std::int64_t hidden = weights.hidden.dim(0);
  expect_state(cell, start, {steps.batch, hidden}, where);
  RecurrentRun run;
  run.steps = steps;
  run.x = pack_steps(x, steps, where);  // [row, in]
  const MatmulOptions bias{.bias = weights.bias};
  run.gates = packed.input.defined() ? matmul(run.x, packed.input, bias, where)
                                     : matmul(run.x, weights.input, bias, where);
  run.past.h = past_of(start.h, steps, x, hidden);
  if (cell == CellKind::lstm) run.past.c = past_of(start.c, steps, x, hidden);
  if (cell == CellKind::gru) run.product = Tensor({steps.rows(), hidden}, x.dtype(), x.device());

  const StateProduct product{weights.hidden, packed.hidden.defined() ? packed.hidden
                                             : steps.length > 1      ? pack(weights.hidden)
                                                                     : PackedMatrix{}};
  for (std::int64_t step = 0; step < steps.length && steps.rows_of(step) > 0; ++step) {
    const Tensor gates = rows_of(run.gates, steps, step);  // [row, gate · hidden]
    const Tensor h = before(run.past.h, steps, step);      // [row, hidden]
    const Tensor sums =
        adds_the_product(cell) ? product(h, {.accumulate_into = gates}) : product(h, {});
    const CellStep pass{.cell = cell,
                        .gates = gates,
                        .sums = sums,
                        .before = {h, before(run.past.c, steps, step)},
                        .after = {after(run.past.h, steps, step), after(run.past.c, steps, step)},
                        .hidden_bias = weights.hidden_bias,
                        .product = rows_of(run.product, steps, step),
                        .lengths = steps.is_masked() ? steps.lengths : Tensor(),
                        .step = step};
    launch(x, [&](auto device, auto zero) { cell_step_kernel<decltype(zero)>(device, pass); });
  }
  show(run);
  return run;
}

RecurrentGradients read_sequences_backward(CellKind cell, RecurrentRun& run,
                                           const CellWeights<Tensor>& weights, const Tensor& d_y,
                                           const CellState<Tensor>& d_last, bool needs_d_x) {
  const PackedSteps& steps = run.steps;
  const Tensor d_shown = pack_steps(d_y, steps);  // [row, hidden]
  CellState<Tensor> d{running(d_last.h, steps, run.past.h)};
  if (cell == CellKind::lstm) d.c = running(d_last.c, steps, run.past.c);
  const Tensor d_sums = adds_the_product(cell) ? run.gates : empty_like(run.gates);
  const PackedMatrix turned = pack(weights.hidden, {.transpose_b = true});

  for (std::int64_t step = steps.length - 1; step >= 0; --step) {
    const std::int64_t rows = steps.rows_of(step);
    if (rows == 0) continue;
    const Tensor d_h = d.h.slice(0, rows), d_product = rows_of(d_sums, steps, step);
    const CellStepBackward pass{
        .cell = cell,
        .gates = rows_of(run.gates, steps, step),
        .d_sums = d_product,
        .d_y = rows_of(d_shown, steps, step),
        .d = {d_h, d.c.defined() ? d.c.slice(0, rows) : Tensor()},
        .before = {before(run.past.h, steps, step), before(run.past.c, steps, step)},
        .after = {after(run.past.h, steps, step), after(run.past.c, steps, step)},
        .product = rows_of(run.product, steps, step),
        .lengths = steps.is_masked() ? steps.lengths : Tensor(),
        .step = step};
    launch(d_y, [&](auto device, auto zero) {
      cell_step_backward_kernel<decltype(zero)>(device, pass);
    });
    matmul(d_product, turned, {.accumulate_into = d_h});
  }

  RecurrentGradients result;
  result.d_weights.input = matmul(run.x, run.gates, {.transpose_a = true});
  result.d_weights.hidden = matmul(all_before(run.past.h, steps), d_sums, {.transpose_a = true});
  result.d_weights.bias = sum_leading(run.gates);
  if (cell == CellKind::gru) {
    const std::int64_t hidden = weights.hidden.dim(0);
    result.d_weights.hidden_bias = sum_leading(d_sums).slice(2 * hidden, 3 * hidden);
  }
  if (needs_d_x) {
    result.d_x = Tensor({steps.batch, steps.length, run.x.dim(1)}, d_y.dtype(), d_y.device());
    unpack_steps(matmul(run.gates, weights.input, {.transpose_b = true}), steps, result.d_x);
  }
  result.d_start.h = from_places(d.h, steps);
  if (d.c.defined()) result.d_start.c = from_places(d.c, steps);
  return result;
}

}  // namespace lectern
