#pragma once

#include <string>
#include <vector>

#include "tasks/report/charts.h"

namespace lectern {

// What heat maps for pages and for terminals share; not for use outside this folder.

/// The numbers of a matrix to be drawn, beside its labels.
struct LabelledMatrix {
  size_t rows = 0, columns = 0;
  Numbers values{};       ///< `[row, column]`
  double maximum = 1;     ///< what the strongest colour stands for
  bool exceeded = false;  ///< some number is farther from zero than `maximum`
  bool negative = false;  ///< some number is below zero

  double at(size_t row, size_t column) const { return values[row * columns + column]; }
};

/// \param who      the function that draws, for errors
/// \param maximum  0 for the largest number that there is
/// \throws Error unless `matrix` is `[row, column]`, and the labels, if there are any, fit
LabelledMatrix labelled_matrix(const std::string& who, const Tensor& matrix,
                               const std::vector<std::string>& row_labels,
                               const std::vector<std::string>& column_labels, double maximum,
                               Where where);

}  // namespace lectern
