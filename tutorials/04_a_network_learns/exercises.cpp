// The exercises of chapter 4. Write your lines where it says so, then type
// ./check.
#include <cmath>

#include "exercise.h"

using namespace lectern;

namespace {

/// Exercise 1: weights [2, 1] and a bias [1] with which x W + b is above 0.5 at
/// (1, 1) and below it at the three other corners: "and".
std::pair<Tensor, Tensor> both_on() {
  // [solution 1]
  return {matrix({{1}, {1}}), vector({-1})};
  // [/solution]
}

/// Exercise 2: the gradient of the mean squared error by y, by hand. No
/// `Variable`. \param y, t  [point, out]   \return  [point, out]
Tensor d_squared_error(const Tensor& y, const Tensor& t) {
  // [solution 2]
  return 2 * (y - t) / static_cast<double>(y.size());
  // [/solution]
}

/// Exercise 3: a layer is y = x W + b. From dy, the slopes of the loss by y,
/// make those by W, of the shape of W. \param x  [point, in]
/// \param dy  [point, out]   \return  [in, out]
Tensor d_weight(const Tensor& x, const Tensor& dy) {
  // [solution 3]
  return matmul(transpose(x), dy);
  // [/solution]
}

/// Exercise 4: downhill with momentum. The speed u keeps a share of itself and
/// takes up the gradient, w moves along it: u ← share · u + gradient,
/// w ← w − rate · u. Where is w after so many steps over w², from w = 1, u = 0?
double with_momentum(double share, double rate, int steps) {
  // [solution 4]
  double w = 1, u = 0;
  for (int step = 0; step < steps; ++step) {
    u = share * u + 2 * w;
    w -= rate * u;
  }
  return w;
  // [/solution]
}

/// For exercise 5.
struct Network : Module {
  explicit Network(Initializer init)
      : hidden(3, 16, init), output(16, 1, init) {}
  Variable operator()(const Variable& x) const {
    return output(tanh(hidden(x)));
  }
  void visit(Visitor& visitor) override {
    visitor("hidden", hidden);
    visitor("output", output);
  }
  Linear hidden, output;
};

/// Exercise 5: teach the network until the loss is below 0.001.
/// \param x  [point, in]   \param t  [point, out]
void teach(Network& network, const Variable& x, const Variable& t) {
  // [solution 5]
  Adam adam(parameters(network), {});
  for (int step = 0; step < 1000; ++step)
    minimise(squared_error(network(x), t), adam, 0.02);
  // [/solution]
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    const auto [w, b] = both_on();
    const Tensor corners =
        matrix({{0, 0}, {0, 1}, {1, 0}, {1, 1}});  // [point, in]
    expect_near("above 0.5?", greater(matmul(corners, w) + b, 0.5),
                matrix({{0}, {0}, {0}, {1}}));
  });
  exercises.check(2, [] {
    for (const Shape& shape : {Shape{3, 1}, Shape{3, 2}, Shape{2, 5}}) {
      const Variable y = Variable::parameter(
          random_normal(shape, 1.0, {.seed = 1}));              // [point, out]
      const Tensor t = random_normal(shape, 1.0, {.seed = 2});  // [point, out]
      backward(squared_error(y, Variable(t)));
      expect_near(text("the gradient by y ", shape),
                  d_squared_error(y.value(), t), y.gradient());
    }
  });
  exercises.check(3, [] {
    const Tensor x = matrix({{1, 2}, {3, 4}, {5, 6}});  // [point, in]
    const Tensor dy =
        matrix({{1, 0, 2}, {0, 1, -1}, {1, 1, 0}});         // [point, out]
    const Variable w = Variable::parameter(zeros({2, 3}));  // [in, out]
    backward(matmul(Variable(x), w), dy);
    expect_near("dW", d_weight(x, dy), w.gradient());
  });
  exercises.check(4, [] {
    expect_near("one step, no momentum", with_momentum(0, 0.1, 1), 0.8);
    expect_near("two steps, half of the speed kept", with_momentum(0.5, 0.1, 2),
                0.54);
    expect_near("three steps, nine tenths kept", with_momentum(0.9, 0.1, 3),
                0.062);
  });
  exercises.check(5, [] {
    Network network(Initializer(1));
    const Variable x(matrix({{0, 0, 0},
                             {0, 0, 1},
                             {0, 1, 0},
                             {0, 1, 1},
                             {1, 0, 0},
                             {1, 0, 1},
                             {1, 1, 0},
                             {1, 1, 1}}));  // [point, in]
    const Variable t(
        matrix({{0}, {1}, {1}, {0}, {1}, {0}, {0}, {1}}));  // [point, out]
    teach(network, x, t);
    const double loss = squared_error(network(x), t).value().at({});
    expect_at_most("the loss", loss, 0.001);
  });
  return exercises.result();
}
