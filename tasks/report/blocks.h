#pragma once

#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace lectern {

struct BlocksOptions {
  std::vector<std::string> rows{};     ///< labels, or none
  std::vector<std::string> columns{};  ///< labels, written downwards; or none
  double maximum = 0;  ///< the value of the fullest block; 0 for the largest that there is
};

/// A heat map for the terminal, two letters a cell, with a line below that says what the blocks
/// mean:
///
///         s b k
///         i u e
///         e y y
///     sie █░· ·
///
/// Numbers from 0 to `maximum` are `·░▒▓█`; negative ones, down to −`maximum`, are `·∘○◉●`; a NaN is
/// `?`. A number is drawn by the nearest of the five steps.
/// \param matrix  `[row, column]` f32, f64 or i32
/// \return        lines, each with its end
/// \throws Error for another rank, or when labels are given and do not fit
std::string blocks(const Tensor& matrix, const BlocksOptions& options = {},
                   Where where = Where::current());

}  // namespace lectern
