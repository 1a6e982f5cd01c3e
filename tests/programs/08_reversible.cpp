// Four layers that remember nothing: their inputs come back from their outputs.
#include <iostream>

#include "lectern.h"
using namespace lectern;

double distance(const Tensor& x, const Tensor& y) { return sqrt(sum(square(x - y))).at({}); }

int main() {
  Initializer init(1);
  std::vector<EncoderLayer> layers;
  const LayerOptions options{.d_model = 16, .nhead = 2, .dim_feedforward = 32, .dropout = 0};
  for (int i = 0; i < 4; ++i) layers.emplace_back(options, nullptr, init);
  const StreamFunctions functions = stream_functions(layers, no_mask());
  const Tensor inputs = cast(random_integers({1, 8, 16}, -2048, 2048, {}), DType::f32) / 1024;
  Variable x = Variable::parameter(inputs);
  for (const auto numbers : {StreamNumbers::floating, StreamNumbers::fixed_point}) {
    const Variable y = reversible_stack(functions, x, x, {}, numbers);
    const auto [x1, x2] = invert(functions, y.value(), {}, numbers);
    std::cout << "moved by " << distance(slice(y.value(), -1, 0, 16), x.value())
              << ", back to within " << distance(x1, x.value()) << "\n";
  }
  backward(sum(square(reversible_stack(functions, x, x))));
  const Tensor recalculated = x.gradient().clone();
  x.zero_gradient();
  backward(sum(square(reversible_stack_by_definition(functions, x, x))));
  std::cout << "gradients differ by " << distance(x.gradient(), recalculated) << "\n";
}
