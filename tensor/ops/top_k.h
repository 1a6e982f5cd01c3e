#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// The k largest numbers of each row, largest first; of equal ones the first comes first.
struct TopK {
  Tensor values;   // [row, k]
  Tensor indices;  // [row, k] i32
};

/// \param x  `[row, choice]` with at least k choices
/// Cost: one pass over x on a CPU; on a GPU, short looks at x for every one of the k as well.
TopK top_k(const Tensor& x, std::int64_t k, Where where = Where::current());

/// The logarithm of the sum of exponentials of each row, by which a logit becomes a log-probability:
///
/// \f[ \mathrm{lse}(x) = m + \log \sum_j e^{x_j - m}, \qquad m = \max_j x_j \f]
///
/// \param x  `[row, choice]`
/// \return   f64 `[row]`: an offset that all logits of a row share costs the difference no digits
Tensor log_sum_exp(const Tensor& x, Where where = Where::current());

/// What a search asks of each row of logits.
struct RankedRows {
  TopK best;
  Tensor log_sum_exp;
};
/// top_k and log_sum_exp of the same rows. On a CPU each row is read from memory once.
RankedRows rank_rows(const Tensor& x, std::int64_t k, Where where = Where::current());

}  // namespace lectern
