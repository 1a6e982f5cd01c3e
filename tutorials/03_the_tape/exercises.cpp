// The exercises of chapter 3. Write your lines where it says so, then type
// ./check.
#include <cmath>
#include <functional>
#include <vector>

#include "exercise.h"

using namespace lectern;

namespace {

/// The chapter's tape, as far as exercise 2 needs it.
struct Line {
  double value;
  int left, right;           // the lines it was made of; −1 for none
  double by_left, by_right;  // how fast it changes with each of them
  double slope = 0;
};
using Tape = std::vector<Line>;

void walk_back(Tape& tape) {
  tape.back().slope = 1;
  for (int i = static_cast<int>(tape.size()) - 1; i >= 0; --i) {
    const Line line = tape[i];
    if (line.left >= 0) tape[line.left].slope += line.slope * line.by_left;
    if (line.right >= 0) tape[line.right].slope += line.slope * line.by_right;
  }
}

/// Exercise 1: the slopes of a·(b + c) at a = 2, b = 3, c = 4, by hand: by a, by
/// b, by c, as [3].
Tensor slopes_by_hand() {
  // [solution 1]
  return vector({7, 2, 2});
  // [/solution]
}

/// Exercise 2: two operations for the tape. Each writes one line, made of the
/// lines a and b, or of line a alone.
void divide(Tape& tape, int a, int b) {
  // [solution 2]
  const double x = tape[a].value, y = tape[b].value;
  tape.push_back({x / y, a, b, 1 / y, -x / (y * y)});
  // [/solution]
}
void exponential(Tape& tape, int a) {
  // [solution 2]
  const double y = std::exp(tape[a].value);
  tape.push_back({y, a, -1, y, 0});
  // [/solution]
}

/// Exercise 3: an operation of your own for the library's tape, ln(1 + eˣ), by
/// `apply`, with its derivative.
Variable softplus(const Variable& x) {
  // [solution 3]
  return apply(
      "softplus", x, [](double t) { return std::log1p(std::exp(t)); },
      [](double t) { return 1 / (1 + std::exp(-t)); });
  // [/solution]
}

/// Exercise 4: the slope of the slope of f at x, [] f64. One of the two slopes
/// from the tape, the other measured.
double curvature(const std::function<Variable(const Variable&)>& f, double x) {
  // [solution 4]
  const auto slope = [&](double at) {
    const Variable place = Variable::parameter(full({}, at, DType::f64));
    backward(f(place));
    return place.gradient().at({});
  };
  return (slope(x + 1e-5) - slope(x - 1e-5)) / 2e-5;
  // [/solution]
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    expect_near("by a, by b, by c", slopes_by_hand(), vector({7, 2, 2}));
  });
  exercises.check(2, [] {
    Tape tape{{3, -1, -1, 0, 0}, {2, -1, -1, 0, 0}};
    divide(tape, 0, 1);
    walk_back(tape);
    expect_near("3 / 2", tape.back().value, 1.5);
    expect_near("its slope by the 3", tape[0].slope, 0.5);
    expect_near("its slope by the 2", tape[1].slope, -0.75);
    Tape other{{1, -1, -1, 0, 0}};
    exponential(other, 0);
    exponential(other, 1);
    walk_back(other);
    expect_near("exp(exp(1)), its slope", other[0].slope,
                std::exp(1) * std::exp(std::exp(1)));
  });
  exercises.check(3, [] {
    const Variable x =
        Variable::parameter(vector({-2, 0, 3}, DType::f64));  // [number]
    expect_near("its value at 0", softplus(x).value().at({1}), std::log(2));
    const GradcheckReport report = gradcheck(
        [](const std::vector<Variable>& inputs) {
          return sum(softplus(inputs[0]));
        },
        {x});
    expect_equal("its derivative", report.passed ? "right" : report.message,
                 std::string("right"));
  });
  exercises.check(4, [] {
    const auto sine = [](const Variable& x) { return sin(x); };
    expect_near("of sin at 1", curvature(sine, 1), -std::sin(1), 1e-8);
    const auto cube = [](const Variable& x) { return x * x * x; };
    expect_near("of x³ at 2", curvature(cube, 2), 12, 1e-7);
  });
  return exercises.result();
}
