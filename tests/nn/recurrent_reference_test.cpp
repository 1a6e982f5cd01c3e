#include "autograd/ops/arithmetic.h"
#include "autograd/ops/reduce.h"
#include "nn/optim/adam.h"
#include "nn/recurrent.h"
#include "tests/reference.h"

// Recurrent networks against PyTorch, in double precision: two layers in both directions, sequences
// of unequal lengths, from a state on.

using namespace lectern;

namespace {

const Reference& reference() {
  static const Reference stored("recurrent_reference");
  return stored;
}

/// PyTorch's network of one cell, and everything that goes in.
struct Peer {
  explicit Peer(CellKind kind)
      : cell(name_of(kind)), network(make(kind)), x(Variable::parameter(stored("x"))) {
    const std::size_t cells = 4;
    for (std::size_t i = 0; i < cells; ++i) {
      const auto part = [&](const std::string& name) {
        const Tensor all = stored(name);
        return Variable::parameter(all.slice(i, i + 1).reshape({all.dim(1), all.dim(2)}).clone());
      };
      start.push_back({part("start/h"), kind == CellKind::lstm ? part("start/c") : Variable()});
    }
    for (NamedParameter parameter : parameters(network))
      parameter.variable.set_value(stored("parameters/" + parameter.name).clone());
  }

  static Recurrent make(CellKind kind) {
    Initializer init(1, DType::f64);
    return Recurrent(
        {.cell = kind, .input_size = 4, .hidden_size = 3, .num_layers = 2, .bidirectional = true},
        init);
  }

  Tensor stored(const std::string& name) const { return reference()[cell + "/" + name]; }
  /// Of a cell of the network, what is stored for all of them.
  Tensor stored(const std::string& name, std::size_t i) const {
    const Tensor all = stored(name);
    return all.slice(i, i + 1).reshape({all.dim(1), all.dim(2)});
  }

  Recurrent::Output run() const { return network.read(x, stored("lengths"), start); }
  Variable loss(const Recurrent::Output& output) const {
    Variable loss = sum(output.y * Variable(stored("d_y")));
    for (std::size_t i = 0; i < output.last.size(); ++i) {
      loss = loss + sum(output.last[i].h * Variable(stored("d_last/h", i)));
      if (output.last[i].c.defined())
        loss = loss + sum(output.last[i].c * Variable(stored("d_last/c", i)));
    }
    return loss;
  }

  std::string cell;
  Recurrent network;
  Variable x;
  RecurrentState start;
};

}  // namespace

TEST_CASE("like PyTorch: recurrent networks, values and gradients") {
  for (const CellKind kind : {CellKind::rnn, CellKind::gru, CellKind::lstm}) {
    Peer peer(kind);
    INFO(peer.cell);
    const Recurrent::Output output = peer.run();
    expect_close("y", output.y.value(), peer.stored("y"), f64_tolerance);
    const Variable loss = peer.loss(output);
    expect_close("loss", loss.value(), peer.stored("loss"), f64_tolerance);
    backward(loss);
    expect_close("dx", peer.x.gradient(), peer.stored("dx"), f64_tolerance);
    for (std::size_t i = 0; i < peer.start.size(); ++i) {
      expect_close("last/h", output.last[i].h.value(), peer.stored("last/h", i), f64_tolerance);
      expect_close("d_start/h", peer.start[i].h.gradient(), peer.stored("d_start/h", i),
                   f64_tolerance);
      if (kind != CellKind::lstm) continue;
      expect_close("last/c", output.last[i].c.value(), peer.stored("last/c", i), f64_tolerance);
      expect_close("d_start/c", peer.start[i].c.gradient(), peer.stored("d_start/c", i),
                   f64_tolerance);
    }
    const auto learned = parameters(peer.network);
    CHECK(learned.size() == reference().count(peer.cell + "/gradients/"));
    for (const NamedParameter& parameter : learned)
      expect_close(parameter.name, parameter.variable.gradient(),
                   peer.stored("gradients/" + parameter.name), f64_tolerance);
  }
}

TEST_CASE("like PyTorch: ten steps of Adam for recurrent networks") {
  for (const CellKind kind : {CellKind::rnn, CellKind::gru, CellKind::lstm}) {
    Peer peer(kind);
    INFO(peer.cell);
    peer.x = peer.x.detach();
    for (CellState<Variable>& state : peer.start)
      state = {state.h.detach(), state.c.defined() ? state.c.detach() : Variable()};
    Adam adam(parameters(peer.network), {.beta2 = 0.98, .epsilon = 1e-9});
    const std::vector<double> losses = numbers(peer.stored("adam/losses"));
    for (const double expected : losses) {
      const Variable loss = peer.loss(peer.run());
      CHECK(loss.value().item<double>() == Approx(expected).epsilon(1e-9));
      minimise(loss, adam, 1e-2);
    }
    for (const NamedParameter& parameter : parameters(peer.network))
      expect_close(parameter.name, parameter.variable.value(),
                   peer.stored("adam/parameters/" + parameter.name), f64_tolerance);
  }
}
