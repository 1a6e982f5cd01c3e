#pragma once

#include <string>

#include "tensor/ops/matmul.h"

namespace lectern {

/// The products of T, float or double, by Eigen: the second implementation behind matmul on a CPU.
///
/// Terms are added in the order of the depth, 256 at a time, and these sums to what the product starts
/// with; so a row has the same bits alone, in any block, and with any number of threads here too.
/// \param start  `[column]`, the result's shape, or undefined for zero; may be the result
/// Cost: beside the products a copy of each factor's block, with their product 1.2 MB a thread in f32,
/// and what Eigen copies itself.
template <class T>
void multiply_by_eigen(const MatrixProducts& products, const Tensor& a, const Tensor& b,
                       const Tensor& start, Tensor& result);

/// "Eigen 3.4.0".
std::string eigen_version();

}  // namespace lectern
