#pragma once

#include "autograd/variable.h"
#include "tensor/ops/cross_entropy.h"

namespace lectern {

/// The mean surprise over the targets that are not padding, a scalar, with derivatives; the
/// formulas stand in tensor/ops/cross_entropy.h. Keeps the logits and one number a row.
///
/// As PyTorch's CrossEntropyLoss, with label smoothing and an ignored id. Throws when every target
/// is padding, since their mean is not defined.
/// \param logits   `[..., vocab]`
/// \param targets  i32 `[...]`
Variable cross_entropy(const Variable& logits, const Tensor& targets,
                       const CrossEntropyOptions& options = {}, Where where = Where::current());

}  // namespace lectern
