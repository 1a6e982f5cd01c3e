// The exercises of chapter 1. Write your lines where it says so, then type
// ./check.
#include <algorithm>
#include <cmath>

#include "exercise.h"

using namespace lectern;

namespace {

/// Exercise 1: how many multiply-adds a product of [rows, depth] by
/// [depth, columns] takes.
std::int64_t multiply_adds(std::int64_t rows, std::int64_t depth,
                           std::int64_t columns) {
  // [solution 1]
  return rows * depth * columns;
  // [/solution]
}

/// Exercise 2: the number at [row, column], read from x.reshape({-1}), which
/// has one axis: the numbers as they lie in memory. \param x  [rows, columns]
double number_at(const Tensor& x, std::int64_t row, std::int64_t column) {
  // [solution 2]
  return x.reshape({-1}).at({row * x.dim(1) + column});
  // [/solution]
}

/// Exercise 3: every row divided by its sum, so that it sums to one; no loop.
/// \param x  [row, column], positive   \return  [row, column]
Tensor shares(const Tensor& x) {
  // [solution 3]
  return x / sum_axis(x, 1, KeepAxis::yes);
  // [/solution]
}

/// Exercise 4: the squared distance of every row to every row, without a loop:
/// |a − b|² = |a|² + |b|² − 2 a·b. \param x  [row, column]  \return  [row, row]
Tensor squared_distances(const Tensor& x) {
  // [solution 4]
  const Tensor squares = sum_axis(x * x, 1, KeepAxis::yes);  // [row, 1]
  return squares + transpose(squares) - 2 * matmul(x, transpose(x));
  // [/solution]
}

/// Exercise 5: the multiply-adds of A B v in the cheaper of its two orders,
/// (A B) v or A (B v), where A and B are [n, n] and v is [n, 1].
std::int64_t cheaper_order(std::int64_t n) {
  // [solution 5]
  const std::int64_t matrices_first = n * n * n + n * n;
  const std::int64_t vector_first = n * n + n * n;
  return std::min(matrices_first, vector_first);
  // [/solution]
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    expect_equal("[7, 256] by [256, 256]", multiply_adds(7, 256, 256),
                 std::int64_t{458752});
    expect_equal("[2, 3] by [3, 4]", multiply_adds(2, 3, 4), std::int64_t{24});
  });
  exercises.check(2, [] {
    const Tensor x = arange(15).reshape({3, 5});
    expect_near("x[1, 3]", number_at(x, 1, 3), 8);
    expect_near("x[2, 0]", number_at(x, 2, 0), 10);
    expect_near("the same numbers as [5, 3], at [1, 2]",
                number_at(x.reshape({5, 3}), 1, 2), 5);
  });
  exercises.check(3, [] {
    expect_near("shares of [[1, 3], [2, 2]]", shares(matrix({{1, 3}, {2, 2}})),
                matrix({{0.25, 0.75}, {0.5, 0.5}}));
    expect_near("the sum of a row of three",
                sum(shares(matrix({{1, 2, 5}}))).item(), 1);
  });
  exercises.check(4, [] {
    expect_near("of the points (0, 0), (3, 4), (3, 0)",
                squared_distances(matrix({{0, 0}, {3, 4}, {3, 0}})),
                matrix({{0, 25, 9}, {25, 0, 16}, {9, 16, 0}}));
  });
  exercises.check(5, [] {
    expect_equal("for n = 10", cheaper_order(10), std::int64_t{200});
    expect_equal("for n = 1000", cheaper_order(1000), std::int64_t{2000000});
  });
  return exercises.result();
}
