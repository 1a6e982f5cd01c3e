#pragma once

#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace lectern {

struct PrintOptions {
  int digits = 4;                         ///< significant ones of every number
  std::int64_t edge = 3;                  ///< of an axis longer than twice this, the first and last
  std::vector<std::string> rows = {};     ///< labels of the rows of a matrix: tokens, heads
  std::vector<std::string> columns = {};  ///< labels of its columns
};

/// A tensor as text, as `out << tensor` prints it:
///
///     [[ 0.5   -1.25 ]
///      [12      0.001]]
///     [2, 2] f32
///
/// A matrix with labels becomes a table instead, without brackets.
std::string text_of(const Tensor& tensor, const PrintOptions& options = {});

}  // namespace lectern
