// The exercises of chapter 9. Write your lines where it says so, then type ./check.
#include <cmath>

#include "exercise.h"

using namespace lectern;

namespace {

const Tensor keys = matrix({{1, 0}, {0, 1}, {1, 1}});  // [key, d_head]

/// Exercise 1: a query, [1, 2], that looks at the second key alone, with a weight above 0.99.
Tensor second_alone() {
  // [solution 1]
  return matrix({{-10, 10}});
  // [/solution]
}

/// Exercise 2: the weights when a query may see the keys before `limit` only. Give the others a score
/// of minus infinity, by hand or with the library. \param scores  [key]
Tensor weights_before(const Tensor& scores, std::int64_t limit) {
  // [solution 2]
  Tensor seen = scores.clone();
  for (std::int64_t key = limit; key < seen.size(); ++key)
    seen.set({key}, -INFINITY);
  return softmax(seen);
  // [/solution]
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    const Tensor weights =
        softmax(matmul(second_alone(), transpose(keys)) / std::sqrt(2.0));
    expect_at_least("the weight of the second key", weights.at({0, 1}), 0.99);
  });
  exercises.check(2, [] {
    const Tensor expected = softmax(vector({1, 2}));
    const Tensor got = weights_before(vector({1, 2, 3, 4}), 2);
    expect_near("the weights of the keys 0 and 1", slice(got, 0, 0, 2),
                expected);
    expect_near("the weights of the others", slice(got, 0, 2, 4),
                vector({0, 0}));
  });
  return exercises.result();
}
