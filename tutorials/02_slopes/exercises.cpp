// The exercises of chapter 2. Write your lines where it says so, then type
// ./check.
#include <cmath>
#include <functional>

#include "exercise.h"

using namespace lectern;

namespace {

using Function = std::function<double(double)>;

/// Exercise 1: the slope of x³ − 2x at any x, calculated, not measured.
double slope_of_cubic(double x) {
  // [solution 1]
  return 3 * x * x - 2;
  // [/solution]
}

/// Exercise 2: the slope of any f at x, measured on both sides of x.
double measured(const Function& f, double x, double h) {
  // [solution 2]
  return (f(x + h) - f(x - h)) / (2 * h);
  // [/solution]
}

/// Exercise 3: the gradient of (a·b − 6)² + a², as [2]: by a, then by b.
Tensor gradient_of_two(double a, double b) {
  // [solution 3]
  const double by_a = 2 * (a * b - 6) * b + 2 * a;
  const double by_b = 2 * (a * b - 6) * a;
  return vector({by_a, by_b}, DType::f64);
  // [/solution]
}

/// Exercise 4: the step with which one step downhill, from anywhere, lands at
/// the bottom of 5x².
double step_that_arrives() {
  // [solution 4]
  return 0.1;  // x − step · 10x = 0
  // [/solution]
}

/// Exercise 5: the curvature of f at x, the slope of its slope, from three
/// values of f. Choose h so that it is right to 1e-6.
double curvature(const Function& f, double x) {
  // [solution 5]
  const double h = 1e-4;
  return (f(x + h) - 2 * f(x) + f(x - h)) / (h * h);
  // [/solution]
}

double sine(double x) { return std::sin(x); }

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    // So near that no measured slope is: this one can be calculated.
    expect_near("the slope at -1", slope_of_cubic(-1), 1, 1e-12);
    expect_near("the slope at 0", slope_of_cubic(0), -2, 1e-12);
    expect_near("the slope at 0.5", slope_of_cubic(0.5), -1.25, 1e-12);
    expect_near("the slope at 2", slope_of_cubic(2), 10, 1e-12);
  });
  exercises.check(2, [] {
    expect_near("sin at 1, h = 0.1: better than one side",
                measured(sine, 1, 0.1), std::cos(1), 1e-3);
    const auto square = [](double x) { return x * x; };
    expect_near("x² at 3, h = 1: exact, whatever h", measured(square, 3, 1), 6,
                1e-12);
    const auto cube = [](double x) { return x * x * x; };
    expect_near("x³ at 1, h = 1: 3, and the bend adds h²", measured(cube, 1, 1),
                4, 1e-12);
  });
  exercises.check(3, [] {
    expect_near("at (1, 2)", gradient_of_two(1, 2),
                vector({-14, -8}, DType::f64), 1e-12);
    expect_near("at (2, 3)", gradient_of_two(2, 3), vector({4, 0}, DType::f64),
                1e-12);
    expect_near("at (-1.5, 0.5)", gradient_of_two(-1.5, 0.5),
                vector({-9.75, 20.25}, DType::f64), 1e-12);
  });
  exercises.check(4, [] {
    for (const double x : {-2.0, 3.0})
      expect_near(text("from ", x), x - step_that_arrives() * 10 * x, 0, 1e-12);
  });
  exercises.check(5, [] {
    expect_near("sin at 1", curvature(sine, 1), -std::sin(1), 1e-6);
    expect_near("sin at 2", curvature(sine, 2), -std::sin(2), 1e-6);
    for (const double factor : {0.5, -1.0})
      for (const double x : {-1.0, 0.5})
        expect_near(
            text(factor, "·x³ at ", x),
            curvature([factor](double at) { return factor * at * at * at; }, x),
            6 * factor * x, 1e-6);
  });
  return exercises.result();
}
