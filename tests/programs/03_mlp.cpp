// A network of two layers learns XOR, and then a sine.
#include <iostream>

#include "lectern.h"
using namespace lectern;

struct Mlp : Module {
  Mlp(int in, Initializer init) : hidden(in, 16, init), output(16, 1, init) {}
  Variable operator()(const Variable& x) const { return output(tanh(hidden(x))); }
  void visit(Visitor& visitor) override { visitor("hidden", hidden), visitor("output", output); }
  Linear hidden, output;
};

void fit(Mlp network, const Variable& x, const Variable& y) {
  Adam adam(parameters(network), {});
  for (int step = 0; step < 300; ++step) minimise(squared_error(network(x), y), adam, 0.02);
  std::cout << network(x).value() << "\nerror " << squared_error(network(x), y).value() << "\n";
}

int main() {
  const Variable corners(matrix({{0, 0}, {0, 1}, {1, 0}, {1, 1}}));
  fit(Mlp(2, Initializer(1)), corners, Variable(matrix({{0}, {1}, {1}, {0}})));
  const Variable x(linspace(-3, 3, 61).reshape({-1, 1}));
  fit(Mlp(1, Initializer(1)), x, sin(x));
}
