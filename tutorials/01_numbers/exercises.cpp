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

/// Exercise 2: the place in the storage where the number at [row, column] lies;
/// the first place is 0. \param shape  [rows, columns]: shape[1] is `columns`
std::int64_t place_of(const Shape& shape, std::int64_t row,
                      std::int64_t column) {
  // [solution 2]
  return row * shape[1] + column;
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
    const Tensor stored = arange(15);  // [number], as they lie in memory
    for (const Shape& shape : {Shape{3, 5}, Shape{5, 3}})
      for (std::int64_t row = 0; row < shape[0]; ++row)
        for (std::int64_t column = 0; column < shape[1]; ++column)
          expect_near(text("the number at [", row, ", ", column, "] of ", shape,
                           ", read from the storage"),
                      stored.at({place_of(shape, row, column)}),
                      stored.reshape(shape).at({row, column}));
  });
  exercises.check(3, [] {
    expect_near("shares of [[1, 3], [2, 6]]", shares(matrix({{1, 3}, {2, 6}})),
                matrix({{0.25, 0.75}, {0.25, 0.75}}));
    expect_near("shares of [[1, 2, 5], [2, 1, 1]]",
                shares(matrix({{1, 2, 5}, {2, 1, 1}})),
                matrix({{0.125, 0.25, 0.625}, {0.5, 0.25, 0.25}}));
    const Tensor x = ones({300, 300});  // [row, column]
    expect_at_most(
        "[300, 300] divided by the sums, compared with a copy: too long; a "
        "loop?",
        times_as_long([&] { shares(x); }, [&] { x.clone(); }), 200);
  });
  exercises.check(4, [] {
    expect_near("of the points (0, 0), (3, 4), (3, 0)",
                squared_distances(matrix({{0, 0}, {3, 4}, {3, 0}})),
                matrix({{0, 25, 9}, {25, 0, 16}, {9, 16, 0}}));
    const Tensor x = ones({300, 8});  // [row, column]
    expect_at_most(
        "300 rows, compared with a product of 300 rows: too long; a loop?",
        times_as_long([&] { squared_distances(x); },
                      [&] { matmul(x, transpose(x)); }),
        100);
  });
  exercises.check(5, [] {
    expect_equal("for n = 10", cheaper_order(10), std::int64_t{200});
    expect_equal("for n = 1000", cheaper_order(1000), std::int64_t{2000000});
  });
  return exercises.result();
}
