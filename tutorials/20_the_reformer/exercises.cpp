// The exercises of chapter 20. Write your lines where it says so, then type
// ./check.
#include <cmath>
#include <cstdint>
#include <vector>

#include "exercise.h"

using namespace lectern;

namespace {

/// Exercise 1: the vector of a position, from a table of rows and a table of
/// columns. Position 0 is the first column of row 0.
/// \param rows     [row, row_width]
/// \param columns  [column, column_width]
/// \return         [1, row_width + column_width]
Tensor position_vector(const Tensor& rows, const Tensor& columns,
                       std::int64_t position) {
  // [solution 1]
  const std::int64_t row = position / columns.dim(0),
                     column = position % columns.dim(0);
  return concatenate(
      {slice(rows, 0, row, row + 1), slice(columns, 0, column, column + 1)}, 1);
  // [/solution]
}

/// Exercise 2: what a step takes grows in a straight line: something that does
/// not depend on the length (parameters, Adam), and so much for each letter.
/// From two measurements, the longest text that fits into `limit` MiB.
std::int64_t longest_that_fits(std::int64_t length1, double mib1,
                               std::int64_t length2, double mib2,
                               double limit) {
  // [solution 2]
  const double a_letter =
      (mib2 - mib1) / static_cast<double>(length2 - length1);
  const double standing = mib1 - a_letter * static_cast<double>(length1);
  return static_cast<std::int64_t>(std::floor((limit - standing) / a_letter));
  // [/solution]
}

/// Exercise 3: the mean loss of all targets, `rows` of them at a time. Targets
/// of -100 are padding and count for nothing. (The mean of the blocks' means is
/// something else: why?) A block in which all is padding has no mean, so ask
/// the one that sums: cross_entropy of two Tensors returns .loss, the sum, and
/// .count, both with .item<float>().
/// \param x        [row, d_model]
/// \param weight   [d_model, vocab]
/// \param targets  [row]
double loss_in_blocks(const Tensor& x, const Tensor& weight,
                      const Tensor& targets, std::int64_t rows) {
  // [solution 3]
  double sum = 0, count = 0;
  for (std::int64_t begin = 0; begin < x.dim(0); begin += rows) {
    const std::int64_t end = std::min(begin + rows, x.dim(0));
    const Tensor logits = matmul(slice(x, 0, begin, end), weight);
    const CrossEntropySum block =
        cross_entropy(logits, slice(targets, 0, begin, end));
    sum += block.loss.item<float>();
    count += block.count.item<float>();
  }
  return sum / count;
  // [/solution]
}

/// Exercise 4: dropout in pieces. The mask of an element is a function of the
/// key and of where the element stands in the whole tensor. A piece begins
/// somewhere in the middle: `key.first_quad` says at which element, counted in
/// fours (element 4 · first_quad). For rows of x from `first_row` on, what the
/// whole tensor's dropout gives there. The width is a multiple of 4.
/// \param rows  [row, width], a piece of the whole
Tensor dropout_of_piece(const Tensor& rows, std::int64_t first_row,
                        double probability, RandomKey key) {
  // [solution 4]
  key.first_quad = static_cast<std::uint64_t>(first_row * rows.dim(1) / 4);
  return dropout(Variable(rows), probability, key).value();
  // [/solution]
}

struct OutputGradients {
  Tensor dx;  // [row, d_model]
  Tensor dw;  // [d_model, vocab]
};

/// Exercise 5: the way back of the output layer and its mean loss, never with
/// more than a block of logits. The loss changes with a logit by (p - 1) / n
/// where it is the target's, by p / n elsewhere: p the softmax of its row, n
/// the number of all rows. one_hot(targets, vocab) has the ones.
/// \param targets  [row], none of them padding
OutputGradients output_gradients(const Tensor& x, const Tensor& weight,
                                 const Tensor& targets, std::int64_t rows) {
  // [solution 5]
  const auto count = static_cast<double>(x.dim(0));
  std::vector<Tensor> dx;
  Tensor dw = zeros_like(weight);
  for (std::int64_t begin = 0; begin < x.dim(0); begin += rows) {
    const std::int64_t end = std::min(begin + rows, x.dim(0));
    const Tensor part = slice(x, 0, begin, end);  // [row, d_model]
    const Tensor ones = one_hot(slice(targets, 0, begin, end), weight.dim(1));
    const Tensor d_logits =
        (softmax(matmul(part, weight)) - ones) / count;  // [row, vocab]
    dx.push_back(matmul(d_logits, transpose(weight)));
    dw = dw + matmul(transpose(part), d_logits);
  }
  return {concatenate(dx, 0), dw};
  // [/solution]
}

Tensor drawn(const Shape& shape, std::uint32_t site) {
  return random_normal(shape, 1, {.seed = 7, .site = site});
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    const Tensor rows = drawn({3, 2}, 1), columns = drawn({4, 1}, 2);
    for (const std::int64_t position : {0, 5, 11}) {
      const Tensor expected =
          concatenate({slice(rows, 0, position / 4, position / 4 + 1),
                       slice(columns, 0, position % 4, position % 4 + 1)},
                      1);
      expect_near(text("position ", position, " of 3 rows of 4"),
                  position_vector(rows, columns, position), expected);
    }
  });
  exercises.check(2, [] {
    expect_equal("of 20 MiB at 1000 letters and 30 at 2000, at most 100",
                 longest_that_fits(1000, 20, 2000, 30, 100),
                 std::int64_t{9000});
    expect_equal("of 5 MiB at 100 letters and 6 at 500, at most 6.5",
                 longest_that_fits(100, 5, 500, 6, 6.5), std::int64_t{700});
  });
  exercises.check(3, [] {
    const Tensor x = drawn({10, 4}, 3), weight = drawn({4, 6}, 4);
    const Tensor targets = ids({0, -100, 5, 2, 1, 1, 3, -100, 4, -100});
    const double expected =
        cross_entropy(Variable(matmul(x, weight)), targets).value().item();
    for (const std::int64_t rows : {10, 5, 3, 1})
      expect_near(text("the loss of ten rows, ", rows, " at a time"),
                  loss_in_blocks(x, weight, targets, rows), expected);
  });
  exercises.check(4, [] {
    const Tensor x = ones({6, 8});
    const RandomKey key{.seed = 3, .step = 2};
    const Tensor whole = dropout(Variable(x), 0.5, key).value();
    for (const std::int64_t first : {0, 2, 5})
      expect_near(text("from row ", first, " on"),
                  dropout_of_piece(slice(x, 0, first, 6), first, 0.5, key),
                  slice(whole, 0, first, 6));
  });
  exercises.check(5, [] {
    const Variable x = Variable::parameter(drawn({7, 4}, 5));
    const Variable weight = Variable::parameter(drawn({4, 6}, 6));
    const Tensor targets = ids({0, 1, 2, 3, 4, 5, 0});
    backward(cross_entropy(matmul(x, weight), targets));
    for (const std::int64_t rows : {7, 3, 1}) {
      const OutputGradients came =
          output_gradients(x.value(), weight.value(), targets, rows);
      expect_near(text("dx, ", rows, " rows at a time"), came.dx, x.gradient());
      expect_near(text("dw, ", rows, " rows at a time"), came.dw,
                  weight.gradient());
    }
  });
  return exercises.result();
}
