#include "nn/recurrent.h"

#include "autograd/ops/concatenate.h"
#include "autograd/ops/permute.h"

namespace lectern {
namespace {

/// Zeros, with ones for an lstm's forget gate.
Tensor first_bias(CellKind kind, std::int64_t hidden, Initializer& init) {
  Tensor bias = init.constant({gates_of(kind) * hidden}, 0.0);
  if (kind == CellKind::lstm)
    bias.slice(hidden, 2 * hidden).copy_from(full({hidden}, 1.0, bias.dtype(), bias.device()));
  return bias;
}

}  // namespace

RecurrentCell::RecurrentCell(CellKind kind, std::int64_t in, std::int64_t hidden, Initializer& init)
    : kind_(kind),
      weights_{Variable::parameter(init.xavier_uniform(in, gates_of(kind) * hidden)),
               Variable::parameter(init.xavier_uniform(hidden, gates_of(kind) * hidden)),
               Variable::parameter(first_bias(kind, hidden, init))} {
  if (kind == CellKind::gru)
    weights_.hidden_bias = Variable::parameter(init.constant({hidden}, 0.0));
}

CellState<Variable> RecurrentCell::start(std::int64_t batch) const {
  const Tensor& weight = weights_.hidden.value();
  const Variable zero(zeros({batch, weight.dim(0)}, weight.dtype(), weight.device()));
  return {zero, kind_ == CellKind::lstm ? zero : Variable()};
}

CellState<Variable> RecurrentCell::step(const Variable& x, const CellState<Variable>& state,
                                        Where where) const {
  check(
      x.value().rank() == 2,
      [&] { return text("a step of a cell reads one token a row, [batch, in], got ", x.shape()); },
      where);
  return read(reshape(x, {x.dim(0), 1, x.dim(1)}), {.start = state}, where).last;
}

Variable RecurrentCell::operator()(const Variable& x, ReadingOptions options, Where where) const {
  options.packed = packed_;
  return recurrent(kind_, x, weights_, options, where);
}

Reading RecurrentCell::read(const Variable& x, ReadingOptions options, Where where) const {
  options.packed = packed_;
  return read_to_the_end(kind_, x, weights_, options, where);
}

void RecurrentCell::visit(Visitor& visitor) {
  visitor("input", weights_.input);
  visitor("hidden", weights_.hidden);
  visitor("bias", weights_.bias);
  if (kind_ == CellKind::gru) visitor("hidden_bias", weights_.hidden_bias);
}

void RecurrentCell::set_mode(const Mode& mode) {
  packed_ = mode.inference ? PackedCell{pack(weights_.input.value()), pack(weights_.hidden.value())}
                           : PackedCell{};
}

Recurrent::Recurrent(const RecurrentOptions& options, Initializer& init) : options_(options) {
  check(options.num_layers > 0,
        [&] { return text("a recurrent network of ", options.num_layers, " layers"); });
  std::int64_t in = options.input_size;
  for (int layer = 0; layer < options.num_layers; ++layer) {
    for (int direction = 0; direction < options.directions(); ++direction)
      cells_.emplace_back(options.cell, in, options.hidden_size, init);
    if (layer + 1 < options.num_layers) dropouts_.emplace_back(options.dropout);
    in = options.output_size();
  }
}

template <class ReadCell>
Variable Recurrent::through_layers(Variable x, const ReadCell& read_cell) const {
  std::size_t cell = 0;
  for (int layer = 0; layer < options_.num_layers; ++layer) {
    const Variable forward = read_cell(cell++, x, /*reverse=*/false);
    const Variable y = options_.bidirectional
                           ? concatenate({forward, read_cell(cell++, x, /*reverse=*/true)}, -1)
                           : forward;  // [batch, length, output_size]
    x = layer + 1 < options_.num_layers ? dropouts_[layer](y) : y;
  }
  return x;
}

Variable Recurrent::operator()(const Variable& x, const Tensor& lengths, Where where) const {
  return through_layers(x, [&](std::size_t cell, const Variable& in, bool reverse) {
    return cells_[cell](in, {.lengths = lengths, .reverse = reverse}, where);
  });
}

Recurrent::Output Recurrent::read(const Variable& x, const Tensor& lengths,
                                  const RecurrentState& start, Where where) const {
  check(
      start.empty() || start.size() == cells_.size(),
      [&] {
        return text("a network of ", cells_.size(), " cells starts from as many states, got ",
                    start.size());
      },
      where);
  Output output;
  output.y = through_layers(x, [&](std::size_t cell, const Variable& in, bool reverse) {
    const CellState<Variable> first = start.empty() ? CellState<Variable>{} : start[cell];
    const Reading reading =
        cells_[cell].read(in, {.lengths = lengths, .reverse = reverse, .start = first}, where);
    output.last.push_back(reading.last);
    return reading.y;
  });
  return output;
}

void Recurrent::visit(Visitor& visitor) {
  std::size_t cell = 0;
  for (int layer = 0; layer < options_.num_layers; ++layer) {
    const std::string name = text("layer", layer);
    visitor(name, cells_[cell++]);
    if (options_.bidirectional) visitor(name + "_reverse", cells_[cell++]);
    if (layer + 1 < options_.num_layers) visitor(text("dropout", layer), dropouts_[layer]);
  }
}

}  // namespace lectern
