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

/// Exercise 2: a mask under which a word sees its neighbours and itself, and
/// nobody else, however long the sentence is.
Mask neighbours_only() {
  // [solution 2]
  return pair_mask([](auto query, auto key) {
    return key - query <= 1 && query - key <= 1;
  });
  // [/solution]
}

/// Exercise 3: the derivative of the first number of the answer by the first
/// number of the query. Queries and keys have two numbers.
/// \param p  the three weights
/// \param k  the first number of each key
/// \param v  the first number of each value
double slope(const double p[3], const double k[3], const double v[3]) {
  // [solution 3]
  double mean_k = 0;
  for (int i = 0; i < 3; ++i) mean_k += p[i] * k[i];
  double result = 0;
  // Or k[i] * p[i] * (v[i] - mean_v), which adds up to the same.
  for (int i = 0; i < 3; ++i) result += v[i] * p[i] * (k[i] - mean_k);
  return result / std::sqrt(2);
  // [/solution]
}

/// Exercise 4: the answer of two heads of different width. Head 1 has the first
/// `width` numbers of each query, key and value, head 2 the others.
/// \param q  [query, d_model]
/// \param k, v  [key, d_model]
/// \return   [query, d_model]
Tensor two_heads(const Tensor& q, const Tensor& k, const Tensor& v,
                 std::int64_t width) {
  // [solution 4]
  const auto head = [&](std::int64_t begin, std::int64_t end) {
    const auto part = [&](const Tensor& x) { return slice(x, 1, begin, end); };
    const double root = std::sqrt(static_cast<double>(end - begin));
    const Tensor fits = matmul(part(q), transpose(part(k))) / root;
    return matmul(softmax(fits), part(v));  // [query, d_head]
  };
  return concatenate({head(0, width), head(width, q.dim(1))}, 1);
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
    for (const std::int64_t length : {7, 12}) {
      const Tensor seen = visible(neighbours_only(), length, length);
      for (std::int64_t query = 0; query < length; ++query)
        for (std::int64_t key = 0; key < length; ++key)
          expect_equal(
              text("of ", length, " words, word ", query, " sees word ", key),
              seen.at({query, key}) > 0, std::abs(query - key) <= 1);
    }
  });
  exercises.check(3, [] {
    for (const std::uint32_t step : {1, 2, 3}) {
      const auto draw = [&](const Shape& shape, std::uint64_t seed) {
        return random_normal(shape, 1, {.seed = seed, .step = step},
                             DType::f64);
      };
      const Variable q = Variable::parameter(draw({1, 2}, 1));  // [query, 2]
      const Tensor k = draw({3, 2}, 2);                         // [key, 2]
      const Tensor v = draw({3, 1}, 3);                         // [key, 1]
      const Variable p =
          softmax(matmul(q, Variable(transpose(k))) / std::sqrt(2));
      backward(sum(matmul(p, Variable(v))));
      double weights[3], first_of_key[3], first_of_value[3];
      for (int i = 0; i < 3; ++i) {
        weights[i] = p.value().at<double>({0, i});
        first_of_key[i] = k.at<double>({i, 0});
        first_of_value[i] = v.at<double>({i, 0});
      }
      expect_near(text("the slope, random numbers no. ", step),
                  slope(weights, first_of_key, first_of_value),
                  q.gradient().at<double>({0, 0}));
    }
  });
  exercises.check(4, [] {
    for (const std::int64_t width : {3, 1}) {
      const Tensor q = random_normal({3, 4}, 1, {.seed = 1});  // [query, d]
      const Tensor k = random_normal({5, 4}, 1, {.seed = 2});  // [key, d]
      const Tensor v = random_normal({5, 4}, 1, {.seed = 3});  // [key, d]
      std::vector<Tensor> heads;
      for (const bool second : {false, true}) {
        const auto part = [&](const Tensor& x) {
          const Tensor columns =
              slice(x, 1, second ? width : 0, second ? 4 : width);
          return Variable(columns.reshape({1, x.dim(0), -1}));
        };
        const Variable y = attend(part(q), part(k), part(v), {.heads = 1});
        heads.push_back(y.value().reshape({3, -1}));
      }
      expect_near(text("heads of ", width, " and ", 4 - width, " numbers"),
                  two_heads(q, k, v, width), concatenate(heads, 1));
    }
  });
  return exercises.result();
}
