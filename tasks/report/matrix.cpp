#include "tasks/report/matrix.h"

#include <cmath>

namespace lectern {
namespace {

template <class T>
std::vector<double> doubles(const Tensor& numbers) {
  const std::vector<T> values = numbers.to_vector<T>();
  return {values.begin(), values.end()};
}

std::vector<double> doubles(const Tensor& numbers) {
  if (numbers.dtype() == DType::f32) return doubles<float>(numbers);
  if (numbers.dtype() == DType::f64) return doubles<double>(numbers);
  if (numbers.dtype() == DType::i32) return doubles<std::int32_t>(numbers);
  fail(text("to be drawn, numbers are f32, f64 or i32, not ", numbers.dtype(), "; try cast()"));
}

void check_labels(const std::string& who, const Tensor& matrix, int axis,
                  const std::vector<std::string>& labels, Where where) {
  const auto count = static_cast<std::int64_t>(labels.size());
  check(
      count == 0 || count == matrix.dim(axis),
      [&] {
        return text(who, ": ", count, " labels for the ", matrix.dim(axis),
                    axis == 0 ? " rows" : " columns", " of ", matrix.shape(),
                    "; give one for each, or none");
      },
      where);
}

}  // namespace

Numbers::Numbers(const Tensor& numbers) : vector(doubles(numbers)) {}

LabelledMatrix labelled_matrix(const std::string& who, const Tensor& matrix,
                               const std::vector<std::string>& row_labels,
                               const std::vector<std::string>& column_labels, double maximum,
                               Where where) {
  check(
      matrix.defined() && matrix.rank() == 2,
      [&] {
        return text(who, ": expected a matrix [row, column], got ", matrix.shape(),
                    "; reshape it, or select() a part of it");
      },
      where);
  check_labels(who, matrix, 0, row_labels, where);
  check_labels(who, matrix, 1, column_labels, where);
  LabelledMatrix drawn{.rows = static_cast<size_t>(matrix.dim(0)),
                       .columns = static_cast<size_t>(matrix.dim(1)),
                       .values = Numbers(matrix)};
  double largest = 0;
  for (const double value : drawn.values) {
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
    drawn.negative = drawn.negative || value < 0;
  }
  drawn.exceeded = maximum > 0 && largest > maximum;
  drawn.maximum = maximum > 0 ? maximum : largest > 0 ? largest : 1;
  return drawn;
}

}  // namespace lectern
