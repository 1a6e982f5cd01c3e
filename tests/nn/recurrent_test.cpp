#include "nn/recurrent.h"

#include <cmath>

#include "autograd/by_definition.h"
#include "autograd/gradcheck.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/concatenate.h"
#include "autograd/ops/permute.h"
#include "autograd/ops/reduce.h"
#include "tensor/create.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

constexpr CellKind all_cells[] = {CellKind::rnn, CellKind::gru, CellKind::lstm};

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

RecurrentCell cell_of(CellKind kind, std::int64_t in, std::int64_t hidden,
                      DType dtype = DType::f64) {
  Initializer init(1, dtype);
  RecurrentCell cell(kind, in, hidden, init);
  std::uint32_t site = 50;  // biases that are not zero
  for (NamedParameter parameter : parameters(cell))
    if (parameter.variable.value().rank() == 1)
      parameter.variable.set_value(normal(parameter.variable.shape(), site++, dtype));
  return cell;
}

/// Three cells of one number, with weights that are known; 0.5, −2 and 1 are read.
std::vector<double> read_by_hand(CellKind kind) {
  RecurrentCell cell = cell_of(kind, 1, 1);
  for (NamedParameter parameter : parameters(cell)) {
    Tensor numbers = parameter.variable.value().clone();
    const std::int64_t columns = numbers.dim(-1);
    const double first = parameter.name == "input" ? 0.3 : parameter.name == "hidden" ? -0.4 : 0.1;
    for (std::int64_t i = 0; i < columns; ++i) {
      const double number = first + 0.2 * static_cast<double>(i);
      numbers.rank() == 1 ? numbers.set({i}, number) : numbers.set({0, i}, number);
    }
    parameter.variable.set_value(numbers);
  }
  const Tensor x = tensor_of<double>({1, 3, 1}, {0.5, -2, 1});
  return numbers(cell(Variable(x)).value());
}

/// Sequences of 4 tokens, as long as it says.
Tensor lengths_of(const std::vector<std::int32_t>& lengths) {
  return tensor_of<std::int32_t>({static_cast<std::int64_t>(lengths.size())}, lengths);
}

/// y and the last states, as one row of numbers.
Variable everything(const Reading& reading) {
  std::vector<Variable> parts{reshape(reading.y, {-1}), reshape(reading.last.h, {-1})};
  if (reading.last.c.defined()) parts.push_back(reshape(reading.last.c, {-1}));
  return concatenate(parts, 0);
}

/// A cell with everything that it can read: x [4, 4, 3], a start, lengths, in one direction.
struct Example {
  Example(CellKind kind_, bool reverse, DType dtype = DType::f64)
      : kind(kind_), cell(cell_of(kind, 3, 2, dtype)) {
    inputs = {Variable::parameter(normal({4, 4, 3}, 1, dtype)),
              Variable::parameter(normal({4, 2}, 2, dtype))};
    if (kind == CellKind::lstm) inputs.push_back(Variable::parameter(normal({4, 2}, 3, dtype)));
    for (const NamedParameter& parameter : parameters(cell)) inputs.push_back(parameter.variable);
    options = {.lengths = lengths_of({2, 4, 0, 3}), .reverse = reverse};
  }
  Variable operator()(const std::vector<Variable>& in) {
    options.start = {in[1], kind == CellKind::lstm ? in[2] : Variable()};
    return everything(cell.read(in[0], options));
  }
  /// The value and all gradients of a weighted sum.
  std::vector<Tensor> value_and_gradients() {
    for (Variable& input : inputs) input.zero_gradient();
    const Variable all = (*this)(inputs);
    backward(all, normal(all.shape(), 9, all.value().dtype()));
    std::vector<Tensor> result{all.value()};
    for (const Variable& input : inputs) result.push_back(input.gradient());
    return result;
  }

  CellKind kind;
  RecurrentCell cell;
  std::vector<Variable> inputs;
  ReadingOptions options;
};

}  // namespace

TEST_CASE("recurrent: three tokens by hand") {
  const double x[] = {0.5, -2, 1};
  double rnn = 0, gru = 0, lstm = 0, c = 0;
  for (int t = 0; t < 3; ++t) {
    const auto sum = [&](double h, int gate) {  // x W + h U + b
      return x[t] * (0.3 + 0.2 * gate) + h * (-0.4 + 0.2 * gate) + (0.1 + 0.2 * gate);
    };
    rnn = std::tanh(sum(rnn, 0));
    CHECK(read_by_hand(CellKind::rnn)[t] == Approx(rnn));

    const double r = sigmoid_of(sum(gru, 0)), z = sigmoid_of(sum(gru, 1));
    const double n = std::tanh(x[t] * 0.7 + 0.5 + r * (gru * 0.0 + 0.1));
    gru = (1 - z) * n + z * gru;
    CHECK(read_by_hand(CellKind::gru)[t] == Approx(gru));

    c = sigmoid_of(sum(lstm, 1)) * c + sigmoid_of(sum(lstm, 0)) * std::tanh(sum(lstm, 2));
    lstm = sigmoid_of(sum(lstm, 3)) * std::tanh(c);
    CHECK(read_by_hand(CellKind::lstm)[t] == Approx(lstm));
  }
}

TEST_CASE("recurrent: gradients go back through all steps") {
  for (const CellKind kind : all_cells)
    for (const bool reverse : {false, true}) {
      Example example(kind, reverse);
      const GradcheckReport report =
          gradcheck([&](const std::vector<Variable>& in) { return example(in); }, example.inputs);
      INFO(name_of(kind) << ": " << report.message);
      CHECK(report.passed);
      CHECK(report.largest_error < 1e-7);
    }
}

TEST_CASE("recurrent: the fused op gives what its definition gives, gradients too") {
  for (const CellKind kind : all_cells)
    for (const bool reverse : {false, true})
      for (const bool padded : {false, true}) {
        INFO(name_of(kind) << ", reverse " << reverse << ", padded " << padded);
        Example example(kind, reverse);
        if (!padded) example.options.lengths = {};
        const std::vector<Tensor> fused = example.value_and_gradients();
        const ByDefinition scope;
        const std::vector<Tensor> defined = example.value_and_gradients();
        for (std::size_t i = 0; i < fused.size(); ++i)
          CHECK(close(fused[i], defined[i], 1e-10, 1e-12));
      }
}

TEST_CASE("recurrent: f32 follows f64") {
  for (const CellKind kind : all_cells) {
    RecurrentCell exact = cell_of(kind, 5, 40), single = cell_of(kind, 5, 40, DType::f32);
    const auto from = parameters(exact), to = parameters(single);
    for (std::size_t i = 0; i < from.size(); ++i) {
      Variable weight = to[i].variable;
      weight.set_value(cast(from[i].variable.value(), DType::f32));
    }
    const Tensor x = normal({3, 6, 5}, 1);
    CHECK(close(single(Variable(cast(x, DType::f32))).value(), exact(Variable(x)).value()));
  }
}

TEST_CASE("recurrent: a sentence reads the same alone and padded in a batch") {
  for (const CellKind kind : all_cells)
    for (const bool reverse : {false, true}) {
      const RecurrentCell cell = cell_of(kind, 3, 20, DType::f32);
      const Tensor x = normal({5, 7, 3}, 1, DType::f32);
      const std::vector<std::int32_t> lengths{3, 7, 1, 7, 5};
      const Reading all =
          cell.read(Variable(x), {.lengths = lengths_of(lengths), .reverse = reverse});
      for (std::int64_t i = 0; i < 5; ++i) {
        INFO(name_of(kind) << ", sentence " << i << ", reverse " << reverse);
        const std::int64_t length = lengths[i];
        const Tensor own = x.slice(i, i + 1);  // [1, 7, 3]
        const Reading alone = cell.read(slice(Variable(own), 1, 0, length), {.reverse = reverse});
        const Tensor y = all.y.value().slice(i, i + 1);
        const bool on_cpu = x.device() == cpu;
        const Tensor real = slice(Variable(y), 1, 0, length).value();
        const Tensor last = all.last.h.value().slice(i, i + 1);
        // On a GPU another shape of a product is another order of its sums.
        CHECK((on_cpu ? same_bits(real, alone.y.value()) : close(real, alone.y.value())));
        CHECK((on_cpu ? same_bits(last, alone.last.h.value()) : close(last, alone.last.h.value())));
        for (const double padding : numbers(slice(Variable(y), 1, length, 7).value()))
          CHECK(padding == 0);
      }
    }
}

TEST_CASE("recurrent: what stands at padding changes nothing, not even where it is NaN") {
  for (const CellKind kind : all_cells) {
    const RecurrentCell cell = cell_of(kind, 3, 4);
    Tensor x = normal({2, 3, 3}, 1).clone();
    const ReadingOptions options{.lengths = lengths_of({1, 3})};
    const Tensor before = everything(cell.read(Variable(x), options)).value();
    for (std::int64_t position = 1; position < 3; ++position)
      for (std::int64_t i = 0; i < 3; ++i) x.set({0, position, i}, std::nan(""));
    CHECK(same_bits(everything(cell.read(Variable(x), options)).value(), before));
  }
}

TEST_CASE("recurrent: the same bits for any number of threads") {
  for (const CellKind kind : all_cells)
    CHECK(same_on_two_threads([&] {
      RecurrentCell cell = cell_of(kind, 96, 96, DType::f32);
      const Variable x = Variable::parameter(normal({50, 6, 96}, 1, DType::f32));
      std::vector<std::int32_t> lengths;
      for (int i = 0; i < 50; ++i) lengths.push_back(i % 7);
      backward(sum(cell(x, {.lengths = lengths_of(lengths)})));
      std::vector<Variable> all{reshape(Variable(x.gradient()), {-1})};
      for (const NamedParameter& parameter : parameters(cell))
        all.push_back(reshape(Variable(parameter.variable.gradient()), {-1}));
      return concatenate(all, 0).value();
    }));
}

TEST_CASE("recurrent: step by step is all at once, and from a state on goes on") {
  for (const CellKind kind : all_cells) {
    INFO(name_of(kind));
    RecurrentCell cell = cell_of(kind, 3, 20, DType::f32);
    const Variable x(normal({2, 5, 3}, 1, DType::f32));
    const Reading whole = cell.read(x);
    CellState<Variable> state = cell.start(2);
    for (std::int64_t t = 0; t < 5; ++t) state = cell.step(select(x, 1, t), state);
    CHECK(close(state.h.value(), whole.last.h.value()));
    const Reading first = cell.read(slice(x, 1, 0, 2));
    const Reading rest = cell.read(slice(x, 1, 2, 5), {.start = first.last});
    CHECK(close(rest.last.h.value(), whole.last.h.value()));
    CHECK(close(slice(whole.y, 1, 2, 5).value(), rest.y.value()));

    prepare_for_inference(cell);
    const NoGradient no_gradient;
    CHECK(close(cell(x).value(), whole.y.value()));
  }
}

TEST_CASE("recurrent: a whole sequence is one record on the tape") {
  RecurrentCell cell = cell_of(CellKind::lstm, 3, 2);
  const Variable y = cell(Variable(normal({2, 5, 3}, 1)));
  REQUIRE(y.made_by());
  CHECK(y.made_by()->name == "recurrent");
  for (const Variable& input : y.made_by()->inputs) CHECK(!input.made_by());
}

TEST_CASE("recurrent: layers, directions and dropout") {
  Initializer init(1);
  Recurrent network({.cell = CellKind::gru,
                     .input_size = 3,
                     .hidden_size = 4,
                     .num_layers = 2,
                     .dropout = 0.5,
                     .bidirectional = true},
                    init);
  check_complete(network, init);
  std::vector<std::string> names;
  for (const auto& part : parts_of<RecurrentCell>(network)) names.push_back(part.name);
  CHECK(names == std::vector<std::string>{"layer0", "layer0_reverse", "layer1", "layer1_reverse"});

  const Variable x(normal({2, 5, 3}, 1, DType::f32));
  const Tensor lengths = lengths_of({5, 3});
  const Tensor once = network(x, lengths).value();
  CHECK(once.shape() == Shape{2, 5, 8});
  const Recurrent::Output output = network.read(x, lengths);
  CHECK(same_bits(output.y.value(), once));
  REQUIRE(output.last.size() == 4);
  // Backwards, the last token that is read is the first; forwards, the last real one.
  for (std::int64_t i = 0; i < 4; ++i) {
    CHECK(output.last[3].h.value().at({1, i}) == once.at({1, 0, 4 + i}));
    CHECK(output.last[2].h.value().at({1, i}) == once.at({1, 2, i}));
  }
  train(network, {.seed = 1});
  CHECK(!same_bits(network(x, lengths).value(), once));
}

TEST_CASE("recurrent: errors say what came, what was expected, and where") {
  const RecurrentCell cell = cell_of(CellKind::gru, 3, 2);
  const auto complaint = [&](const Shape& shape, const ReadingOptions& options) {
    return message_of([&] { cell(Variable(zeros(shape, DType::f64)), options); });
  };
  CHECK(contains(complaint({1, 2, 4}, {}), "recurrent_test.cpp"));
  CHECK(contains(complaint({1, 2, 4}, {}), "reads [1, 2, 4]"));
  CHECK(contains(complaint({1, 2, 4}, {}), "needs weights [4, 6] and [2, 6], got [3, 6]"));
  CHECK(contains(complaint({2, 3, 3}, {.lengths = lengths_of({1})}), "i32 [batch] = [2], got"));
  CHECK(contains(complaint({1, 3, 3}, {.start = {Variable(zeros({2, 2}, DType::f64))}}),
                 "expected [batch, hidden] = [1, 2]"));
  if (default_device() == cpu)
    CHECK(contains(complaint({2, 3, 3}, {.lengths = lengths_of({1, 4})}), "lengths[1] = 4"));
  Initializer init(1);
  CHECK(contains(message_of([&] { Recurrent({.num_layers = 0}, init); }), "0 layers"));
}
