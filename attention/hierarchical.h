#pragma once

#include "attention/pattern.h"

namespace lectern {

/// \defgroup hierarchical Attention in two levels
/// Near tokens one by one, far ones in blocks: a query attends to the tokens of its own block and of
/// the block on either side, and to the means of the keys and values of all other blocks.
///
/// \f[ o_i = \frac{\sum_{j\ near} e^{s_{ij}} v_j + \sum_{c\ far} b\, e^{\bar s_{ic}} \bar v_c}
///     {\sum_{j\ near} e^{s_{ij}} + \sum_{c\ far} b\, e^{\bar s_{ic}}}, \qquad
///     \bar s_{ic} = \frac{q_i \cdot \bar k_c}{\sqrt{d_{head}}}, \quad
///     \bar k_c = \frac1b \sum_{j \in c} k_j, \quad \bar v_c = \frac1b \sum_{j \in c} v_j \f]
///
/// A mean counts as the b tokens of its block: one softmax weighs near and far alike, and where the
/// keys and the values of a block are all alike, this is exact attention, not an approximation of it.
/// In between, e^s of the mean is at most the mean of e^s (Jensen), so that a block in which one token
/// stands out is given too little; near blocks, where most attention falls, are not approximated.
///
/// Nothing is learned beside the projections. That far keys can be averaged is the near and far field
/// of the fast multipole method, as in H-Transformer-1D (Zhu & Soricut 2021, section 4, there with a
/// level for every doubling of the distance) and FMMformer (Nguyen et al. 2021, there with a low rank
/// for the far field). What is our own is two levels, the weight b, and both in the fused kernel.
/// @{

/// The two levels as one record: two calls of the fused kernel, merged (ops/fused/merge_results.h).
/// Keys and values may have fewer heads.
/// Errors: a window, fewer queries than keys.
/// Cost: 4 · length · d_model · (3 · block + length / block) operations; memory linear in length.
Variable attend_hierarchically(const Variable& q, const Variable& k, const Variable& v,
                               std::int64_t block, const AttentionOptions& options);

/// The definition: one softmax over the scores of all tokens and of all blocks' means, of which a mask
/// leaves the near and the far ones, times values and means of values.
/// Cost: memory for several matrices `[batch, head, query, key]`.
Variable attend_hierarchically_by_definition(const Variable& q, const Variable& k,
                                             const Variable& v, std::int64_t block,
                                             const AttentionOptions& options);

/// As a pattern. Causal, far blocks are those before; a last block of fewer than `block` tokens counts
/// as a whole one for those who see it from far, none of which is causal. Sequences of two blocks or
/// fewer are attended exactly.
class HierarchicalAttention : public AttentionPattern {
 public:
  /// \param block  tokens of a block; √(length / 3) takes the fewest operations
  explicit HierarchicalAttention(std::int64_t block);

  Variable operator()(const ProjectedTokens& tokens,
                      const AttentionOptions& options) const override;
  Tensor weights(const ProjectedTokens& tokens, const AttentionOptions& options) const override;
  bool is_causal() const override { return true; }
  /// Keeps the tokens of the last two blocks at most and, of every whole block, the two means: a token
  /// costs some 2 · block + length / block pairs.
  std::unique_ptr<KeyValueCache> start(int heads, std::int64_t length) const override;

 private:
  std::int64_t block_;
};
/// @}

}  // namespace lectern
