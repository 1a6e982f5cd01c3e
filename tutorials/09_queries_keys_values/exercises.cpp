// The exercises of chapter 9. Write your lines where it says so, and type
// ./check.
#include <cmath>

#include "exercise.h"

using namespace lectern;

namespace {

const Tensor keys = matrix({{1, 0}, {0, 1}, {1, 1}});  // [key, d_head]

/// Exercise 1: a query, [1, 2], that gives the second key more than 0.99 of its
/// weight.
Tensor second_alone() {
  // [solution 1]
  return matrix({{-10, 10}});
  // [/solution]
}

/// Exercise 2: a mask for seven words under which a word sees its neighbours
/// and itself, and nobody else.
Mask neighbours_only() {
  // [solution 2]
  return pair_mask([](auto query, auto key) {
    return key - query <= 1 && query - key <= 1;
  });
  // [/solution]
}

/// Exercise 3: the derivative of the first number of the answer by the first
/// number of the query, for the keys above.
/// \param p  the three weights
/// \param v  the first number of each value
double slope(const double p[3], const double v[3]) {
  // [solution 3]
  const double k[3] = {1, 0, 1};  // the first number of each key
  double mean_k = 0;
  for (int i = 0; i < 3; ++i) mean_k += p[i] * k[i];
  double result = 0;
  for (int i = 0; i < 3; ++i) result += v[i] * p[i] * (k[i] - mean_k);
  return result / std::sqrt(2);
  // [/solution]
}

/// Exercise 4: the answer of two heads, by hand. Head 1 is the first two
/// numbers of each query, key and value, head 2 the last two.
/// \param q  [query, 4]
/// \param k, v  [key, 4]
/// \return   [query, 4]
Tensor two_heads(const Tensor& q, const Tensor& k, const Tensor& v) {
  // [solution 4]
  std::vector<Tensor> answers;
  for (const std::int64_t from : {0, 2}) {
    const auto part = [&](const Tensor& x) {
      return slice(x, 1, from, from + 2);
    };
    const Tensor fits = matmul(part(q), transpose(part(k))) / std::sqrt(2);
    answers.push_back(matmul(softmax(fits), part(v)));  // [query, 2]
  }
  return concatenate(answers, 1);
  // [/solution]
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    const Tensor fits = matmul(second_alone(), transpose(keys));
    const Tensor weights = softmax(fits / std::sqrt(2));  // [query, key]
    expect_at_least("the weight of the second key", weights.at({0, 1}), 0.99);
  });
  exercises.check(2, [] {
    const Tensor seen = visible(neighbours_only(), 7, 7);  // [query, key]
    for (std::int64_t query = 0; query < 7; ++query)
      for (std::int64_t key = 0; key < 7; ++key)
        expect_equal(text("word ", query, " sees word ", key),
                     seen.at({query, key}) > 0, std::abs(query - key) <= 1);
  });
  exercises.check(3, [] {
    const Variable q = Variable::parameter(matrix({{0.5, -1}}));  // [query, 2]
    const Tensor v = matrix({{3}, {-1}, {2}});                    // [key, 1]
    const Variable p =
        softmax(matmul(q, Variable(transpose(keys))) / std::sqrt(2));
    backward(sum(matmul(p, Variable(v))));
    double weights[3], first[3];
    for (int i = 0; i < 3; ++i) {
      weights[i] = p.value().at({0, i});
      first[i] = v.at({i, 0});
    }
    expect_near("the slope", slope(weights, first), q.gradient().at({0, 0}));
  });
  exercises.check(4, [] {
    const Tensor q = random_normal({3, 4}, 1, {.seed = 1});  // [query, d_model]
    const Tensor k = random_normal({5, 4}, 1, {.seed = 2});  // [key, d_model]
    const Tensor v = random_normal({5, 4}, 1, {.seed = 3});  // [key, d_model]
    const auto batch = [](const Tensor& x) {
      return Variable(x.reshape({1, x.dim(0), 4}));
    };
    const Variable y = attend(batch(q), batch(k), batch(v), {.heads = 2});
    expect_near("the answers of both heads", two_heads(q, k, v),
                y.value().reshape({3, 4}));
  });
  return exercises.result();
}
