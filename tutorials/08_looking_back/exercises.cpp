// The exercises of chapter 8. Write your lines where it says so, and type
// ./check.
#include <cmath>

#include "exercise.h"

using namespace lectern;

namespace {

/// Exercise 1: a W, [2, 2], for the score q W · k, with which the query [1, 0]
/// gives the key [0, 1] more than 0.99 of its weight, and [1, 0] the rest.
Tensor attracted_by_the_other() {
  // [solution 1]
  return matrix({{0, 10}, {10, 0}});
  // [/solution]
}

/// Exercise 2: β of the content score, so that a key with cosine 1 gets a share
/// of 0.9 among n keys, all others with cosine 0.
double strength(int n) {
  // [solution 2]
  return std::log(9.0 * (n - 1));
  // [/solution]
}

/// Exercise 3: v · tanh(q W + k U) of every query and every key, without a loop.
/// \param q  [query, d]; \param k [key, d]
/// \param w, u  [d, hidden]; \param v [hidden, 1]
/// \return   [query, key]
Tensor additive(const Tensor& q, const Tensor& k, const Tensor& w,
                const Tensor& u, const Tensor& v) {
  // [solution 3]
  const std::int64_t n = q.dim(0), m = k.dim(0), hidden = v.dim(0);
  const Tensor queries = matmul(q, w).reshape({n, 1, hidden});
  const Tensor keys = matmul(k, u).reshape({1, m, hidden});
  const Tensor pairs = tanh(queries + keys);  // [query, key, hidden]
  return matmul(pairs.reshape({n * m, hidden}), v).reshape({n, m});
  // [/solution]
}

/// Exercise 4: Luong et al. 2015, equation 10: the shares of one query, each
/// times e^(−(s − p)² / (2 σ²)) with σ = D / 2, for the places s = 0, 1, …
/// \param scores  [key]
/// \return        [key]; it does not add up to one any more
Tensor local(const Tensor& scores, double p, double D) {
  // [solution 4]
  const Tensor shares = softmax(scores);
  const double sigma = D / 2;
  const Tensor distance = arange(scores.dim(0)) - p;  // [key]
  return shares * exp(distance * distance / (-2 * sigma * sigma));
  // [/solution]
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    const Tensor q = matrix({{1, 0}});          // [query, d]
    const Tensor k = matrix({{1, 0}, {0, 1}});  // [key, d]
    const Tensor scores =
        matmul(matmul(q, attracted_by_the_other()), transpose(k));
    expect_at_least("the weight of the other key", softmax(scores).at({0, 1}),
                    0.99);
  });
  exercises.check(2, [] {
    for (const int n : {2, 3, 7, 100, 5000}) {
      const double power = std::exp(strength(n));
      expect_near(text("the share among ", n), power / (power + n - 1), 0.9);
    }
  });
  exercises.check(3, [] {
    for (const std::int64_t n : {3, 8}) {  // queries; keys: two more
      Initializer init(1);
      const auto score = make_score_function(
          ScoreKind::additive, {.d_query = 4, .d_key = 4, .d_hidden = n + 2},
          init);
      const Tensor q = random_normal({n, 4}, 1, {.seed = 1});      // [query, d]
      const Tensor k = random_normal({n + 2, 4}, 1, {.seed = 2});  // [key, d]
      const auto weights = parameters(*score);                     // W, U, v
      const Variable expected = (*score)(Variable(q.reshape({1, n, 4})),
                                         Variable(k.reshape({1, n + 2, 4})));
      expect_near(
          text("the scores of ", n, " queries and ", n + 2, " keys"),
          additive(q, k, weights[0].variable.value(),
                   weights[1].variable.value(), weights[2].variable.value()),
          expected.value().reshape({n, n + 2}));
    }
  });
  exercises.check(4, [] {
    const Tensor even = local(zeros({5}), 2, 2);  // [key]
    for (const int s : {0, 1, 2, 3, 4})
      expect_near(text("the weight of place ", s), even.at({s}),
                  0.2 * std::exp(-0.5 * (s - 2) * (s - 2)));
    const Tensor scores = vector({0, 3});  // [key]
    expect_near("a score that is 3 larger, one place away",
                local(scores, 0, 4).at({1}),
                std::exp(-0.125) / (1 + std::exp(-3.0)));
    // A place between two words, and a wide bell: σ = 3.
    expect_near("the weight of place 4 of 8, p = 2.5, D = 6",
                local(zeros({8}), 2.5, 6).at({4}), std::exp(-0.125) / 8);
  });
  return exercises.result();
}
