#include "autograd/ops/arithmetic.h"
#include "autograd/ops/compare.h"
#include "autograd/ops/concatenate.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/recurrent.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/compare.h"

namespace lectern {
namespace {

/// The new state where a sentence still goes on, the old one where it has ended.
Variable choose(const Tensor& goes_on, const Variable& next, const Variable& before) {
  if (!goes_on.defined() || !next.defined()) return next;
  return where(goes_on, next, before);
}

}  // namespace

CellState<Variable> cell_step_by_definition(CellKind cell, const Variable& x,
                                            const CellState<Variable>& state,
                                            const CellWeights<Variable>& weights, Where where) {
  const std::int64_t hidden = weights.hidden.dim(0);
  const Variable of_token = linear(x, weights.input, weights.bias, {}, where);
  const Variable of_state = matmul(state.h, weights.hidden, {}, where);  // [batch, gate · hidden]
  const auto part = [&](const Variable& all, int gate) {
    return slice(all, -1, gate * hidden, (gate + 1) * hidden, where);  // [batch, hidden]
  };
  switch (cell) {
    case CellKind::rnn: return {tanh(of_token + of_state)};
    case CellKind::gru: {
      const Variable r = sigmoid(part(of_token, 0) + part(of_state, 0));
      const Variable z = sigmoid(part(of_token, 1) + part(of_state, 1));
      const Variable n = tanh(part(of_token, 2) + r * (part(of_state, 2) + weights.hidden_bias));
      return {(1.0 - z) * n + z * state.h};
    }
    case CellKind::lstm: {
      const Variable all = of_token + of_state;
      const Variable i = sigmoid(part(all, 0)), f = sigmoid(part(all, 1));
      const Variable g = tanh(part(all, 2)), o = sigmoid(part(all, 3));
      const Variable c = f * state.c + i * g;
      return {o * tanh(c), c};
    }
  }
  return {};
}

Reading recurrent_by_definition(CellKind cell, const Variable& x,
                                const CellWeights<Variable>& weights, const ReadingOptions& options,
                                Where where) {
  const Tensor& numbers = x.value();
  const std::int64_t batch = x.dim(0), length = x.dim(1);
  const Variable zero(
      zeros({batch, weights.hidden.dim(0)}, numbers.dtype(), numbers.device()));  // [batch, hidden]
  CellState<Variable> state = options.start;
  if (!state.h.defined()) state.h = zero;
  if (!state.c.defined() && cell == CellKind::lstm) state.c = zero;
  const Tensor lengths = options.lengths.defined()
                             ? cast(options.lengths, numbers.dtype()).reshape({batch, 1})
                             : Tensor();

  std::vector<Variable> shown(static_cast<std::size_t>(length));
  for (std::int64_t i = 0; i < length; ++i) {
    const std::int64_t position = options.reverse ? length - 1 - i : i;
    const CellState<Variable> next =
        cell_step_by_definition(cell, select(x, 1, position), state, weights, where);
    Tensor goes_on;  // [batch, 1]
    if (lengths.defined()) goes_on = greater(lengths, static_cast<double>(position));
    state = {choose(goes_on, next.h, state.h), choose(goes_on, next.c, state.c)};
    shown[static_cast<std::size_t>(position)] = choose(goes_on, next.h, zero);
  }
  return {stack(shown, 1), state};  // [batch, length, hidden]
}

}  // namespace lectern
