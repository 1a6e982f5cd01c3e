#pragma once

#include "autograd/ops/matmul.h"
#include "autograd/variable.h"
#include "tensor/ops/cross_entropy.h"

namespace lectern {

/// cross_entropy(linear(x, weight, bias, which), targets, options) without storing the logits,
/// the largest tensor of a training step where the vocabulary is large: see
/// tensor/ops/linear_cross_entropy.h. The gradients are calculated at once, while a block of logits
/// is there, and kept until backward.
/// \param x        `[row, in]`
/// \param targets  i32 `[row]`
Variable linear_cross_entropy(const Variable& x, const Variable& weight, const Variable& bias,
                              const Tensor& targets, const CrossEntropyOptions& options = {},
                              MatmulTranspose which = {}, Where where = Where::current());

}  // namespace lectern
