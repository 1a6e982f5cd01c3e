#pragma once

#include "attention/pattern.h"
#include "nn/init.h"

namespace lectern {

/// Low-rank keys and values: the keys of a sequence are replaced by `rank` weighted sums of them, and
/// the values by as many, with weights that are learned for every position (Wang et al. 2020,
/// "Linformer: Self-Attention with Linear Complexity", section 4).
///
/// \f[ o_i = \sum_{r=1}^{rank} \mathrm{softmax}_r\Bigl(
///     \frac{q_i \cdot (E K)_r}{\sqrt{d_{head}}}\Bigr)\, (F V)_r, \qquad
///     (E K)_r = \sum_j E_{rj}\, k_j, \quad (F V)_r = \sum_j F_{rj}\, v_j \f]
///
/// E and F are `[rank, max_length]`, one each a layer, shared by its heads: the paper's "headwise
/// sharing". A shorter sequence takes their first columns. Padded keys and values are made zero
/// before they are summed, so that they add nothing.
///
/// Every sum mixes all positions: there is no causal form, and no weight of a single pair that could
/// be drawn.
/// Errors: a causal mask; a window; more tokens than max_length.
/// Cost: 8 · length · rank · d_model operations; memory length · d_model.
class LinformerAttention : public AttentionPattern {
 public:
  struct Options {
    std::int64_t max_length = 1024;  ///< [tokens]
    std::int64_t rank = 64;          ///< the paper's k
  };
  LinformerAttention(const Options& options, Initializer& init);

  Variable operator()(const ProjectedTokens& tokens,
                      const AttentionOptions& options) const override;
  void visit(Visitor& visitor) override;

 private:
  Variable keys_;    // E, [rank, max_length]
  Variable values_;  // F, [rank, max_length]
};

}  // namespace lectern
