#pragma once

#include "autograd/variable.h"
#include "tensor/ops/layer_norm.h"

namespace lectern {

/// Layer normalisation with derivatives; the formulas stand in tensor/ops/layer_norm.h. Keeps x and
/// two numbers a row.
/// \param x       `[..., d_model]`
/// \param weight  `[d_model]`
/// \param bias    `[d_model]`
Variable layer_norm(const Variable& x, const Variable& weight, const Variable& bias,
                    double epsilon = 1e-5, Where where = Where::current());

/// layer_norm(residual + dropout(x)), in one pass over memory.
Variable dropout_add_layer_norm(const Variable& x, const Variable& residual, const Variable& weight,
                                const Variable& bias,
                                const DropoutAddLayerNormOptions& options = {},
                                Where where = Where::current());

}  // namespace lectern
