#pragma once

#include "tensor/ops/cross_entropy.h"

namespace lectern {

struct LinearCrossEntropyOptions {
  CrossEntropyOptions cross_entropy = {};
  bool transpose_weight = false;  ///< the weight is `[vocab, in]`: an embedding's
  bool gradients = true;          ///< calculate those of the sum as well
  std::int64_t rows_at_once = 1024;
};

struct LinearCrossEntropySum {
  Tensor loss{};   ///< scalar: the sum over the real targets
  Tensor count{};  ///< scalar: how many real targets there are
  Tensor dx{}, d_weight{},
      d_bias{};  ///< the sum's derivatives; undefined where none were asked for
};

/// The cross entropy of \f$ s = x W + b \f$, without all logits at once: a few rows are multiplied,
/// judged, and turned into gradients before the next ones. What is stored is the size of x and W.
///
/// \f[ \dot x = \dot s\, W^T, \qquad \dot W = x^T \dot s, \qquad \dot b = \sum \dot s \f]
///
/// with the derivative of cross_entropy for \f$ \dot s \f$.
/// \param x        `[row, in]`
/// \param weight   `[in, vocab]`, or `[vocab, in]`
/// \param bias     `[vocab]`
/// \param targets  i32 `[row]`
/// Cost: 6 · row · in · vocab operations with gradients, as the separate steps; memory for
/// rows_at_once · vocab logits.
/// Source: Wijmans et al. 2024, "Cut Your Losses in Large-Vocabulary Language Models", section 4,
/// here by blocks of rows only.
LinearCrossEntropySum linear_cross_entropy(const Tensor& x, const Tensor& weight,
                                           const Tensor& bias, const Tensor& targets,
                                           const LinearCrossEntropyOptions& options = {},
                                           Where where = Where::current());

}  // namespace lectern
