// The exercises of chapter 10. Write your lines where it says so, then type ./check.
#include <cmath>

#include "exercise.h"

using namespace lectern;

namespace {

/// Exercise 1: the matrix [2, 2] that moves a pair of numbers of a position on by `places`:
/// [sin ωt, cos ωt] times it is [sin ω(t + places), cos ω(t + places)], for every t.
Tensor move_on(double omega, double places) {
  // [solution 1]
  const double c = std::cos(omega * places), s = std::sin(omega * places);
  return matrix({{c, -s}, {s, c}});
  // [/solution]
}

/// Exercise 2: how many numbers a layer of the DECODER learns: two attentions, a feed-forward
/// network, three norms.
std::int64_t parameters_of_decoder_layer(std::int64_t d_model,
                                         std::int64_t d_ff) {
  // [solution 2]
  const std::int64_t attention = 4 * (d_model * d_model + d_model);
  const std::int64_t feed_forward = 2 * d_model * d_ff + d_ff + d_model;
  return 2 * attention + feed_forward + 3 * 2 * d_model;
  // [/solution]
}

/// Exercise 3: RMS norm (Zhang and Sennrich 2019), which does not subtract the mean: every row is
/// divided by the root of the mean of its squares. \param x  [row, d_model]
Variable rms_norm(const Variable& x) {
  // [solution 3]
  return x / sqrt(mean_axis(square(x), -1, KeepAxis::yes));
  // [/solution]
}

/// Exercise 4: the derivative of RMS norm by hand: from the loss's derivative `g` by its output y,
/// the one by its input. No backward(). \param x  [row, d_model] \param g  [row, d_model]
Tensor rms_norm_backward(const Tensor& x, const Tensor& g) {
  // [solution 4]
  const Tensor size =
      sqrt(mean_axis(square(x), -1, KeepAxis::yes));  // [row, 1]
  const Tensor y = x / size;                          // [row, d_model]
  return (g - y * mean_axis(g * y, -1, KeepAxis::yes)) / size;
  // [/solution]
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    for (const double omega : {0.3, 1.0})
      for (const double places : {5.0, -2.0})
        for (const double t : {0.0, 3.0, 11.0}) {
          const Tensor before =
              matrix({{std::sin(omega * t), std::cos(omega * t)}});
          const double later = omega * (t + places);
          expect_near(
              text("ω = ", omega, ", position ", t, " moved on by ", places),
              matmul(before, move_on(omega, places)),
              matrix({{std::sin(later), std::cos(later)}}), 1e-5);
        }
  });
  exercises.check(2, [] {
    for (const auto& [d_model, d_ff] :
         {std::pair{64, 200}, {32, 128}, {8, 10}}) {
      Initializer init = Initializer::blank();
      DecoderLayer layer(
          {.d_model = d_model, .nhead = 4, .dim_feedforward = d_ff}, init);
      expect_equal(text("numbers of a layer with d_model = ", d_model,
                        ", d_ff = ", d_ff),
                   parameters_of_decoder_layer(d_model, d_ff),
                   parameter_count(layer));
    }
  });
  exercises.check(3, [] {
    const Tensor x = matrix({{3, 4, 0, 0}, {1, 1, 1, 1}});
    expect_near("RMS norm of [3 4 0 0] and [1 1 1 1]",
                rms_norm(Variable(x)).value(),
                matrix({{1.2, 1.6, 0, 0}, {1, 1, 1, 1}}));
    expect_near(
        "RMS norm of [1 -7], [-10 70] and [5 5]",
        rms_norm(Variable(matrix({{1, -7}, {-10, 70}, {5, 5}}))).value(),
        matrix({{0.2, -1.4}, {-0.2, 1.4}, {1, 1}}));
  });
  exercises.check(4, [] {
    for (const std::int64_t d : {5, 8}) {
      const Variable x = Variable::parameter(
          random_normal({3, d}, 1.0, {.seed = 1}, DType::f64));
      const Tensor g = random_normal({3, d}, 1.0, {.seed = 2}, DType::f64);
      backward(x / sqrt(mean_axis(square(x), -1, KeepAxis::yes)), g);
      const NoGradient by_hand;  // without a tape: no backward()
      expect_near(text("the gradient by x, rows of ", d),
                  rms_norm_backward(x.value(), g), x.gradient(), 1e-9);
    }
  });
  return exercises.result();
}
