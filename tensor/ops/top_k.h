#pragma once

#include "tensor/launch.h"

namespace lectern {

/// The k largest numbers of each row, largest first; of equal ones the first comes first.
struct TopK {
  Tensor values;   // [row, k]
  Tensor indices;  // [row, k] i32
};

/// \param x  `[row, choice]` with at least k choices
/// Cost: one pass over x.
TopK top_k(const Tensor& x, std::int64_t k);

/// The logarithm of the sum of exponentials of each row, by which a logit becomes a log-probability:
///
/// \f[ \mathrm{lse}(x) = m + \log \sum_j e^{x_j - m}, \qquad m = \max_j x_j \f]
///
/// \param x  `[row, choice]`
/// \return   `[row]`
Tensor log_sum_exp(const Tensor& x);

/// \param sizes  {row, choice, k}
template <class T>
void top_k_kernel(Cpu, const T* x, const Shape& sizes, T* values, std::int32_t* indices);
/// \param sizes  {row, choice}
template <class T>
void log_sum_exp_kernel(Cpu, const T* x, const Shape& sizes, T* out);

}  // namespace lectern
