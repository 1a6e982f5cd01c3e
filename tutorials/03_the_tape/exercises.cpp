// The exercises of chapter 3. Write your lines where it says so, then type
// ./check.
#include <algorithm>
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
  double slope = 0;          // how fast the end changes with it
};

struct Tape {
  std::vector<Line> lines;

  int number(double value) { return write({value, -1, -1, 0, 0}); }
  /// Puts a line at the end and says its number.
  int write(const Line& line) {
    lines.push_back(line);
    return static_cast<int>(lines.size()) - 1;
  }
};

void walk_back(Tape& tape, int end) {
  tape.lines[end].slope = 1;
  for (int i = end; i >= 0; --i) {
    const Line& line = tape.lines[i];
    if (line.left >= 0)
      tape.lines[line.left].slope += line.slope * line.by_left;
    if (line.right >= 0)
      tape.lines[line.right].slope += line.slope * line.by_right;
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
/// lines a and b, or of line a alone, and returns its number.
int divide(Tape& tape, int a, int b) {
  // [solution 2]
  const double x = tape.lines[a].value, y = tape.lines[b].value;
  return tape.write({x / y, a, b, 1 / y, -x / (y * y)});
  // [/solution]
}
int exponential(Tape& tape, int a) {
  // [solution 2]
  const double y = std::exp(tape.lines[a].value);
  return tape.write({y, a, -1, y, 0});
  // [/solution]
}

/// Exercise 3: an operation of your own for the library's tape, ln(1 + eˣ), by
/// `apply`, with its derivative. It has a value for every x, 1000 and −1000
/// too, although e¹⁰⁰⁰ is too large for any f64.
Variable softplus(const Variable& x) {
  // [solution 3]
  return apply(
      "softplus", x,
      // ln(1 + eᵗ) = t + ln(1 + e⁻ᵗ): where t is very large it is t, where it
      // is very negative 0, and no power of e is ever larger than 1.
      [](double t) {
        return std::max(t, 0.0) + std::log1p(std::exp(-std::abs(t)));
      },
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
    for (const double x : {3.0, -5.0})
      for (const double y : {2.0, 0.5}) {
        Tape tape;
        const int a = tape.number(x), b = tape.number(y);
        const int end = divide(tape, a, b);
        walk_back(tape, end);
        const std::string quotient = text(x, " / ", y);
        expect_near(quotient, tape.lines[end].value, x / y);
        expect_near(quotient + ", its slope by the first", tape.lines[a].slope,
                    ((x + 1) / y - (x - 1) / y) / 2);  // a line: h = 1 measures
        const double h = 1e-5;
        expect_near(quotient + ", its slope by the second", tape.lines[b].slope,
                    (x / (y + h) - x / (y - h)) / (2 * h));
      }
    for (const double x : {1.0, -0.5}) {
      Tape tape;
      const int a = tape.number(x);
      const int end = exponential(tape, exponential(tape, a));
      walk_back(tape, end);
      expect_near(text("exp(exp(", x, "))"), tape.lines[end].value,
                  std::exp(std::exp(x)));
      expect_near(text("exp(exp(", x, ")), its slope"), tape.lines[a].slope,
                  std::exp(x) * std::exp(std::exp(x)));
    }
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
    const Variable far =
        Variable::parameter(vector({-1000, 1000}, DType::f64));  // [number]
    const Variable y = softplus(far);                            // [number]
    expect_near("its values at -1000 and 1000", y.value(),
                vector({0, 1000}, DType::f64));
    backward(sum(y));
    expect_near("its derivative there", far.gradient(),
                vector({0, 1}, DType::f64));
  });
  exercises.check(4, [] {
    const auto sine = [](const Variable& x) { return sin(x); };
    for (const double x : {1.0, 2.0})
      expect_near(text("of sin at ", x), curvature(sine, x), -std::sin(x),
                  1e-8);
    for (const double factor : {1.0, -0.5})
      for (const double x : {2.0, -1.0}) {
        const auto cube = [factor](const Variable& at) {
          return factor * at * at * at;
        };
        expect_near(text("of ", factor, "·x³ at ", x), curvature(cube, x),
                    6 * factor * x, 1e-7);
      }
  });
  return exercises.result();
}
