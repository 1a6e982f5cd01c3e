// The derivative of y = 2x by x, with the installed library: prints 2.
#include <iostream>

#include "autograd/variable.h"

int main() {
  using namespace lectern;
  const Variable x = Variable::parameter(full({}, 3.0));
  const Variable y =
      record("twice", full({}, 2 * x.value().item<float>()), {x},
             [](const Tensor& dy) -> Gradients { return {full({}, 2 * dy.item<float>())}; });
  backward(y);
  std::cout << x.gradient().item<float>() << "\n";
  return x.gradient().item<float>() == 2 ? 0 : 1;
}
