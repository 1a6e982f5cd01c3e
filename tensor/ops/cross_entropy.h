#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace lectern {

struct CrossEntropyOptions {
  /// The share ε of the target's probability that is spread evenly over the vocabulary. Szegedy et
  /// al. 2016, section 7.
  double label_smoothing = 0;
  /// Targets with this id are padding: they count for nothing.
  std::int32_t ignore = -100;
};

struct CrossEntropySum {
  Tensor loss;        ///< scalar: the sum over the real targets
  Tensor count;       ///< scalar: how many real targets there are
  Tensor largest;     ///< `[...]`, \f$ m = \max_j s_j \f$ of every row
  Tensor normalizer;  ///< `[...]`, \f$ Z = \sum_j e^{s_j - m} \f$ of every row
};

/// How surprised a model is by the targets, summed over those that are not padding.
///
/// With \f$ p_j = e^{s_j - m} / Z \f$ the probabilities of a row, y its target and V the vocabulary:
/// \f[ \ell = -(1-\epsilon) \log p_y - \frac{\epsilon}{V} \sum_j \log p_j
///          = \log Z - (1-\epsilon)(s_y - m) - \frac{\epsilon}{V} \sum_j (s_j - m) \f]
///
/// The probabilities are never stored: one pass over the logits, one exponential for each. Only
/// differences of logits count, so that an offset that a row's logits share costs no digits.
/// \param logits   `[..., vocab]`, the scores s
/// \param targets  i32 `[...]`; an id outside the vocabulary throws an Error that names its
/// position.
CrossEntropySum cross_entropy(const Tensor& logits, const Tensor& targets,
                              const CrossEntropyOptions& options = {},
                              Where where = Where::current());

/// Throws when every target was padding, since their mean is not defined; on a GPU only where ids
/// are looked at.
void expect_real_targets(const Tensor& count, const Tensor& targets,
                         const CrossEntropyOptions& options, Where where = Where::current());

/// \f[ \dot s_j = \dot L \Bigl( p_j - (1-\epsilon) [j = y] - \frac{\epsilon}{V} \Bigr) \f]
/// and 0 in the rows of padding. One pass, which overwrites the logits when nobody else holds them:
/// they are by far the largest tensor of a training step.
/// \param sum     what cross_entropy gave; its largest and normalizer count
/// \param d_loss  a scalar: the gradient of the summed loss
Tensor cross_entropy_backward(Tensor logits, const CrossEntropySum& sum, const Tensor& targets,
                              const CrossEntropyOptions& options, const Tensor& d_loss);

}  // namespace lectern
