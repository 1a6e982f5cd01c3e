#pragma once

#include "attention/ops/attention_options.h"
#include "autograd/variable.h"

namespace lectern {

/// \defgroup distance_bias Attention that learns how far to look
/// Scaled dot-product attention (see scaled_dot_product.h) with a DistanceBias: every score gets
/// something that depends on the distance between query and key and on one number of the head, its
/// width, by which the loss is differentiated, too.
///
/// \f[ s_{ij} = \frac{q_i \cdot k_j}{\sqrt{d_{head}}} + b(|i - j|; w_h), \qquad
///     \dot w_h = \sum_{ij} \dot s_{ij}\, \frac{\partial b}{\partial w_h} \f]
///
/// \param widths   `[head]`, in place of `options.bias.widths`
/// \param options  whose bias says which shape
/// @{

/// From one pass over tiles, as attend_fused; derivatives by widths are added up in a fixed order.
/// Where a span has ended, keys cost nothing.
Variable attend_biased(const Variable& q, const Variable& k, const Variable& v,
                       const Variable& widths, const AttentionOptions& options);

/// The definition, made of differentiable operations as the papers write them: the bell is added to
/// the scores (Yang et al. 2018, "Modeling Localness", section 3.1, there with a predicted centre);
/// the span's mask multiplies the weights, which are then divided by their sum (Sukhbaatar et al.
/// 2019, "Adaptive Attention Span in Transformers", section 2.2).
/// Cost: memory for several matrices `[batch, head, query, key]`.
Variable attend_biased_by_definition(const Variable& q, const Variable& k, const Variable& v,
                                     const Variable& widths, const AttentionOptions& options);

/// The attention weights, for pictures: the definition's probabilities, with `options.bias.widths`.
/// \return `[batch, head, query, key]`, each row summing to one
Tensor biased_weights(const Tensor& q, const Tensor& k, const AttentionOptions& options);
/// @}

}  // namespace lectern
