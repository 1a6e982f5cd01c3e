// One LSTM reads four digits, another writes them backwards; between them is one state.
#include <iostream>

#include "lectern.h"
using namespace lectern;

struct Reverser : Module {
  Reverser(Initializer init)
      : reader(lstm, 11, 48, init), writer(lstm, 11, 48, init), output(48, 10, init) {}
  Variable operator()(const Tensor& digits, bool teach) const {  // [batch, 4] to [batch, 4, 10]
    CellState<Variable> state = reader.read(Variable(one_hot(digits, 11))).last;
    std::vector<Variable> logits(4);
    Tensor last = full({digits.dim(0)}, 10, DType::i32);  // before the first: no digit
    for (int i = 3; i >= 0; --i) {
      state = writer.step(Variable(one_hot(last, 11)), state);
      logits[i] = output(state.h);
      last = teach ? select(digits, 1, i) : argmax(logits[i].value());
    }
    return stack(logits, 1);
  }
  void visit(Visitor& v) override { v("reader", reader), v("writer", writer), v("output", output); }
  static constexpr CellKind lstm = CellKind::lstm;
  RecurrentCell reader, writer;
  Linear output;
};

int main() {
  Reverser model{Initializer(1)};
  Adam adam(parameters(model), {});
  for (std::uint32_t step = 0; step < 400; ++step) {
    const Tensor digits = random_integers({64, 4}, 0, 10, {.seed = 1, .step = step});
    minimise(cross_entropy(model(digits, true), digits), adam, 0.01);
  }
  const Tensor unseen = random_integers({64, 4}, 0, 10, {.seed = 2});
  std::cout << "digits right: " << accuracy(model(unseen, false).value(), unseen) << "\n";
}
