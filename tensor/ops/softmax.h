#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// Turns every row of `scores` into probabilities: positive numbers that sum to one.
///
/// \f[ p_i = \frac{e^{s_i - m}}{\sum_j e^{s_j - m}}, \qquad m = \max_j s_j \f]
///
/// Subtracting the largest score changes nothing mathematically and keeps `exp` from overflowing.
/// A row in which every score is −∞, a query that may attend to nothing, gives zeros.
/// \param scores  `[..., choice]`
/// \return        `[..., choice]`, each row summing to one
Tensor softmax(const Tensor& scores, Where where = Where::current());

/// \f[ \frac{\partial L}{\partial s_i} = p_i \Bigl( \dot p_i - \sum_j p_j \dot p_j \Bigr) \f]
Tensor softmax_backward(const Tensor& probabilities, const Tensor& gradient);

/// The logarithm of the probabilities, computed without ever forming a probability that underflows.
///
/// \f[ \log p_i = s_i - m - \log \sum_j e^{s_j - m} \f]
///
/// A row in which every score is −∞ gives −∞.
/// \param scores  `[..., choice]`
/// \return        `[..., choice]`
Tensor log_softmax(const Tensor& scores, Where where = Where::current());

/// With \f$ \dot\ell \f$ the gradient by the logarithms \f$ \ell \f$:
/// \f[ \frac{\partial L}{\partial s_i} = \dot\ell_i - e^{\ell_i} \sum_j \dot\ell_j \f]
Tensor log_softmax_backward(const Tensor& logarithms, const Tensor& gradient);

}  // namespace lectern
