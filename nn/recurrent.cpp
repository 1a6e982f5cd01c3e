#include "nn/recurrent.h"

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/concatenate.h"
#include "autograd/ops/pointwise.h"

namespace lectern {

LstmCell::LstmCell(std::int64_t in, std::int64_t hidden, Initializer& init)
    : hidden_(hidden), dtype_(init.dtype()), gates_(in + hidden, 4 * hidden, init) {}

LstmCell::State LstmCell::start(std::int64_t batch) const {
  const Variable zero(zeros({batch, hidden_}, dtype_));
  return {zero, zero};
}

LstmCell::State LstmCell::operator()(const Variable& x, const State& state, Where where) const {
  const Variable all = gates_(concatenate({x, state.h}, -1, where), where);  // [batch, 4 · hidden]
  const auto part = [&](int i) { return slice(all, -1, i * hidden_, (i + 1) * hidden_, where); };
  const Variable input = sigmoid(part(0)), forget = sigmoid(part(1)), output = sigmoid(part(3));
  const Variable c = forget * state.c + input * tanh(part(2));
  return {output * tanh(c), c};
}

}  // namespace lectern
