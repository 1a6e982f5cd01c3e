#pragma once

#include <cstdint>

#include "autograd/variable.h"

namespace lectern {

/// The mean squared error, a scalar: \f$ \frac1n \sum_i (y_i - t_i)^2 \f$. (PyTorch's MSELoss.) The
/// loss of classes is cross_entropy, autograd/ops/cross_entropy.h.
Variable squared_error(const Variable& y, const Variable& target, Where where = Where::current());

/// How many of the rows have their largest logit at the target, from 0 to 1. Targets with the id
/// `ignore` are padding and do not count; throws when all are.
/// \param logits   `[..., class]`
/// \param targets  i32 `[...]`
double accuracy(const Tensor& logits, const Tensor& targets, std::int32_t ignore = -100,
                Where where = Where::current());

}  // namespace lectern
