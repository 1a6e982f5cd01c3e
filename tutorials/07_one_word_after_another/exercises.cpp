// The exercises of chapter 7. Write your lines where it says so, and type
// ./check.
#include <cmath>

#include "exercise.h"

using namespace lectern;

namespace {

/// Exercise 1: the derivative of the last state by the first, of an rnn of one
/// number, h' = tanh(x + u h).
/// \param h  the states after each word; h[0] is the first
double slope(const std::vector<double>& h, double u) {
  // [solution 1]
  double product = 1;
  for (std::size_t t = 1; t < h.size(); ++t) product *= u * (1 - h[t] * h[t]);
  return product;
  // [/solution]
}

/// Exercise 2: the forget gate's bias with which an lstm's cell, if nothing else
/// comes, has half of its content left after so many words.
double bias_for_half_life(double words) {
  // [solution 2]
  const double f = std::pow(0.5, 1 / words);
  return std::log(f / (1 - f));
  // [/solution]
}

/// Exercise 3: how many numbers a cell learns. Mind the gru's second bias.
std::int64_t numbers(CellKind kind, std::int64_t in, std::int64_t hidden) {
  // [solution 3]
  const std::int64_t gates = gates_of(kind);
  const std::int64_t second = kind == CellKind::gru ? hidden : 0;
  return gates * hidden * (in + hidden + 1) + second;
  // [/solution]
}

/// Exercise 4: one step of a gru as Cho et al. wrote it: r multiplies h before
/// the product. No biases.
/// \param x  [batch, in]; \param h [batch, hidden]
/// \param w  W_r, W_z, W_n, [in, hidden] each; \param u  the same of h
Tensor cho(const Tensor& x, const Tensor& h, const std::vector<Tensor>& w,
           const std::vector<Tensor>& u) {
  // [solution 4]
  const Tensor r = sigmoid(matmul(x, w[0]) + matmul(h, u[0]));
  const Tensor z = sigmoid(matmul(x, w[1]) + matmul(h, u[1]));
  const Tensor n = tanh(matmul(x, w[2]) + matmul(r * h, u[2]));
  return n - z * n + z * h;
  // [/solution]
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    const std::vector<double> three{0.5, -1.0, 0.2};
    const std::vector<double> five{0.1, 0.4, -0.3, 0.2, -0.1};
    for (const double u : {0.8, -1.3})
      for (const std::vector<double>& words : {three, five}) {
        const Variable first = Variable::parameter(vector({0.3}));
        std::vector<double> h{0.3};
        Variable state = first;
        for (const double x : words) {
          state = tanh(state * u + x);
          h.push_back(state.value().item());
        }
        backward(sum(state));
        expect_near(text("the slope after ", words.size(), " words, u = ", u),
                    slope(h, u), first.gradient().item());
      }
  });
  exercises.check(2, [] {
    for (const double words : {1.0, 3.0, 10.0, 200.0}) {
      const double f = 1 / (1 + std::exp(-bias_for_half_life(words)));
      expect_near(text("what is left after ", words, " words"),
                  std::pow(f, words), 0.5);
    }
  });
  exercises.check(3, [] {
    for (const CellKind kind : {CellKind::rnn, CellKind::gru, CellKind::lstm})
      for (const auto& [in, hidden] : {std::pair{5, 7}, {12, 4}}) {
        Initializer init(1);
        const RecurrentCell cell(kind, in, hidden, init);
        expect_equal(text("numbers of a cell, ", name_of(kind), ", in = ", in,
                          ", hidden = ", hidden),
                     numbers(kind, in, hidden), init.numbers_drawn());
      }
  });
  exercises.check(4, [] {
    // Of one number, r h U and (r h) U are equal: there the library can check.
    const Tensor x = matrix({{0.5}}), h = matrix({{-0.7}});  // [batch, 1]
    const std::vector<Tensor> w{matrix({{1}}), matrix({{-2}}), matrix({{0.5}})};
    const std::vector<Tensor> u{matrix({{3}}), matrix({{1}}), matrix({{-1}})};
    const CellWeights<Variable> weights{
        Variable(matrix({{1, -2, 0.5}})), Variable(matrix({{3, 1, -1}})),
        Variable(zeros({3})), Variable(zeros({1}))};
    expect_near("the state", cho(x, h, w, u),
                cell_step_by_definition(CellKind::gru, Variable(x),
                                        {Variable(h)}, weights)
                    .h.value());
    // Of two, the order counts: r picks what of h is mixed.
    const Tensor one = matrix({{1}}), two = matrix({{1, 2}});
    const Tensor none = zeros({1, 2}), mix = matrix({{0, 1}, {1, 0}});
    const Tensor r = matrix({{2, -2}});
    const Tensor state =
        cho(one, two, {r, none, none}, {zeros({2, 2}), zeros({2, 2}), mix});
    const double first = 1 / (1 + std::exp(-2.0)), second = 1 - first;
    expect_near("the state of two numbers, mixed", state,
                matrix({{0.5 * std::tanh(2 * second) + 0.5,
                         0.5 * std::tanh(first) + 1}}));
  });
  return exercises.result();
}
