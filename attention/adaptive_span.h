#pragma once

#include <vector>

#include "attention/distance_bias.h"
#include "attention/pattern.h"
#include "nn/init.h"

namespace lectern {

/// Every head learns up to which distance it looks (Sukhbaatar et al. 2019, "Adaptive Attention
/// Span in Transformers", section 2.2): weights are multiplied by a mask that falls from 1 to 0
/// over `ramp` tokens, and divided by their sum again.
///
/// \f[ m_z(x) = \mathrm{clamp}\Bigl(\frac{R + z - x}{R}, 0, 1\Bigr), \qquad z = S z', \quad
///     z' \in [0, 1] \f]
///
/// Beyond z + R a head sees nothing, so that from the first step on it costs no more than its own
/// span; heads do not wait for wider ones. What differs from the paper: positions are absolute, and
/// sequences are whole, without a cache of earlier ones.
class AdaptiveSpanAttention : public AttentionPattern {
 public:
  struct Options {
    int heads = 8;
    std::int64_t longest = 1024;  ///< S, in tokens
    double ramp = 32;             ///< R, in tokens
    double start = 0;             ///< z' of every head at first
    double regularization = 0;    ///< λ of the regularization loss; the paper's is 2e-6
  };
  AdaptiveSpanAttention(const Options& options, Initializer& init);

  Variable operator()(const ProjectedTokens& tokens,
                      const AttentionOptions& options) const override;
  Tensor weights(const ProjectedTokens& tokens, const AttentionOptions& options) const override;
  bool is_causal() const override { return true; }
  std::unique_ptr<KeyValueCache> start(int heads, std::int64_t length) const override;
  /// `ratio` is z', a number from 0 to 1 and not of tokens.
  void visit(Visitor& visitor) override { visitor("ratio", ratio_); }

  /// z of every head, `[head]`, in tokens.
  Variable spans() const;
  /// λ · mean z.
  Variable regularization_loss() const override;
  /// Puts z' back into [0, 1].
  void after_step() override;
  /// The farthest key that each head sees, inclusive.
  std::vector<std::int64_t> reach() const;

 private:
  AttentionOptions biased(const AttentionOptions& options) const;

  Options options_;
  Variable ratio_;  // [head]
};

}  // namespace lectern
