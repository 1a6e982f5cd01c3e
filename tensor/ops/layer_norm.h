#pragma once

#include "tensor/random.h"
#include "tensor/tensor.h"

namespace lectern {

/// Layer normalisation's result, and the two numbers of every row that its backward needs.
struct NormalizedRows {
  Tensor y;                     ///< `[..., d_model]`
  Tensor mean;                  ///< `[...]`, less the row's first number: \f$ \mu - x_0 \f$
  Tensor reciprocal_deviation;  ///< `[...]`, \f$ r = 1 / \sqrt{\sigma^2 + \epsilon} \f$
};

/// Gives every row mean 0 and variance 1, then a learned scale and offset.
///
/// \f[ y_i = \hat x_i w_i + b_i, \qquad \hat x_i = (x_i - \mu)\, r, \qquad
///     \mu = \frac1d \sum_j x_j, \quad \sigma^2 = \frac1d \sum_j (x_j - \mu)^2 \f]
///
/// \param x        `[..., d_model]`
/// \param weight   `[d_model]`
/// \param bias     `[d_model]`
/// \param epsilon  keeps a constant row from dividing by zero; 1e-5 is usual
/// Ba, Kiros and Hinton 2016, equation 4. Everything is measured from the row's first number, so that
/// an offset that a row shares costs no digits.
NormalizedRows layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double epsilon,
                          Where where = Where::current());

struct DropoutAddLayerNormOptions {
  double probability = 0;  ///< of dropping an element of x
  RandomKey key = {};
  double epsilon = 1e-5;
};

/// A sum, and its rows normalised.
struct NormalizedSum {
  Tensor sum;  ///< `[..., d_model]`
  NormalizedRows normalized;
};

/// What stands behind every sublayer of a post-norm Transformer, in one pass over memory:
///
/// \f[ s = \mathrm{residual} + \mathrm{dropout}(x), \qquad y = \mathrm{layer\_norm}(s) \f]
///
/// What dropout_add and layer_norm calculate one after the other; the backward is theirs.
NormalizedSum dropout_add_layer_norm(const Tensor& x, const Tensor& residual, const Tensor& weight,
                                     const Tensor& bias,
                                     const DropoutAddLayerNormOptions& options = {},
                                     Where where = Where::current());

struct LayerNormGradients {
  Tensor d_x, d_weight, d_bias;
};

/// With \f$ g_i = \dot y_i w_i \f$ and sums over the rows in \f$ \dot w \f$ and \f$ \dot b \f$:
///
/// \f[ \dot x_i = r \Bigl( g_i - \frac1d \sum_j g_j - \hat x_i \frac1d \sum_j g_j \hat x_j \Bigr),
///     \qquad \dot w_i = \sum \dot y_i \hat x_i, \qquad \dot b_i = \sum \dot y_i \f]
///
/// One pass over x and dy. The sums are taken over fixed blocks of rows, then over the blocks.
LayerNormGradients layer_norm_backward(const Tensor& x, const Tensor& weight, const Tensor& mean,
                                       const Tensor& reciprocal_deviation, const Tensor& gradient);

}  // namespace lectern
