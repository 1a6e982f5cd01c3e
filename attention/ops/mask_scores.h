#pragma once

#include "attention/mask.h"
#include "autograd/variable.h"

namespace lectern {

/// Replaces the score of every pair that the mask hides by −∞, so that softmax gives it the
/// probability zero.
///
/// \f[ \tilde s_{ij} = s_{ij} \text{ where query } i \text{ sees key } j, \text{ else } -\infty \f]
///
/// A query that sees no key has a row of −∞. It stays free of NaN: softmax makes zeros of such a
/// row, and so of its gradient (tensor/ops/softmax.h).
/// \param scores  `[batch, head, query, key]`; or, of one head, `[batch, query, key]`; or, of one
///                sequence, `[query, key]`
/// \return        like `scores`
/// Source: "Attention Is All You Need", section 3.2.3.
Tensor mask_scores(const Tensor& scores, const Mask& mask);

/// The derivative by the scores: the gradient where a pair is visible, zero elsewhere.
Tensor mask_scores_backward(const Tensor& gradient, const Mask& mask);

/// The same with derivatives.
Variable mask_scores(const Variable& scores, const Mask& mask);

/// The mask as a matrix, to be printed: one where a query sees a key, zero where it does not. For
/// masks of one sequence and one head.
/// \return `[query, key]`
Tensor visible(const Mask& mask, std::int64_t query, std::int64_t key);

}  // namespace lectern
