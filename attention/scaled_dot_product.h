#pragma once

#include "attention/ops/attention_options.h"
#include "autograd/variable.h"

namespace lectern {

/// \defgroup scaled_dot_product Scaled dot-product attention
/// Every query asks every key how well they match, and takes the mean of the values weighted by
/// the answers; in each head with other projections.
///
/// \f[ \mathrm{Attention}(Q, K, V) = \mathrm{softmax}\Bigl(\frac{Q K^T}{\sqrt{d_{head}}}\Bigr) V
/// \f]
///
/// Queries are `[batch, query, d_model]`, keys and values `[batch, key, d_model]`, as a projection
/// leaves them: head h is columns `h·d_head … (h+1)·d_head`, with d_model = head · d_head. The
/// result is `[batch, query, d_model]`, the heads side by side. A query that sees no key gets
/// zeros. Keys and values may have fewer heads, each of which serves a group of query heads that lie
/// side by side: `[batch, key, key_value_heads · d_head]` (repeat_heads; PyTorch's `enable_gqa`).
///
/// All throw an Error when shapes, dtypes or options do not fit. Source: Vaswani et al.
/// 2017, "Attention Is All You Need", sections 3.2.1 and 3.2.2.
/// @{

/// What the library uses: attend_fused, or the definition where ByDefinition asks for it.
Variable attend(const Variable& q, const Variable& k, const Variable& v,
                const AttentionOptions& options);

/// The definition: one operation after another, as in the paper. It says what attend_fused means,
/// and the tests hold the two against each other.
/// Cost: memory for several matrices `[batch, head, query, key]`.
Variable attend_by_definition(const Variable& q, const Variable& k, const Variable& v,
                              const AttentionOptions& options);

/// The same numbers from one pass over tiles of scores, which are never stored: see
/// attention/ops/fused/attend_fused.h.
/// Cost: memory linear in length.
Variable attend_fused(const Variable& q, const Variable& k, const Variable& v,
                      const AttentionOptions& options);

/// What keys or values of fewer heads mean: each head is repeated for all query heads of its group.
/// Head h of the queries looks at head h / (heads / key_value_heads), rounded down.
/// \param x      `[batch, key, key_value_heads · d_head]`
/// \param heads  of the queries
/// \return       `[batch, key, heads · d_head]`; x itself where there is nothing to repeat
/// Source: Ainslie et al. 2023, "GQA", section 2.2; with one head, Shazeer 2019, "Fast Transformer
/// Decoding: One Write-Head is All You Need".
Variable repeat_heads(const Variable& x, std::int64_t heads, std::int64_t d_head);

/// The attention weights, for pictures: the probabilities before dropout.
/// \return `[batch, head, query, key]`, each row summing to one
Tensor attention_weights(const Tensor& q, const Tensor& k, const AttentionOptions& options);
/// @}

}  // namespace lectern
