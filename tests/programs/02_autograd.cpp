// The slope of y = sin(x) · x · x, by the tape and by a difference quotient; and the tape drawn.
#include <iostream>

#include "lectern.h"
using namespace lectern;

Variable f(const Variable& x) { return sin(x) * (x * x); }

int main() {
  const Variable x = Variable::parameter(full({}, 2.0, DType::f64)).named("x"), y = f(x);
  backward(y);
  const auto moved = [&](double by) { return f(Variable(x.value() + by)).value(); };
  std::cout << "y = " << y << "\nby the tape: " << x.gradient()
            << "\nby differences: " << (moved(1e-5) - moved(-1e-5)) / 2e-5 << "\n"
            << to_dot(y, {.values = true, .gradients = true});
}
