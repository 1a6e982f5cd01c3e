#pragma once

#include "attention/pattern.h"
#include "nn/init.h"

namespace lectern {

/// Dynamic convolution (Wu et al. 2019, "Pay Less Attention with Lightweight and Dynamic
/// Convolutions", section 3): every head of every position takes a weighted mean of the values of the
/// `kernel_size` positions around it, and the weights, the kernel's taps, are predicted from the
/// position's own token. What the neighbours say decides nothing.
///
/// \f[ o_{i} = \sum_{t=0}^{k-1} w_{it}\, v_{i+t-left}, \qquad
///     w_{it} = \mathrm{softmax}_t\Bigl(\frac{q_i \cdot a_t}{\sqrt{d_{head}}}\Bigr) \f]
///
/// Causal, left = k − 1: a position and those before it. Otherwise left = (k − 1)/2, rounded down.
/// With k = 3, not causal:
///
///               a b c d e
///     query a   x x . . .
///     query b   x x x . .
///     query c   . x x x .
///
/// What differs from the paper: there, the taps are a linear function of the whole token, behind a
/// gated linear unit. Here they are one of the head's query, with a vector a_t of d_head numbers a tap
/// and head, so that this is attention whose scores depend on the query and the distance alone (the
/// position term of Shaw et al. 2018), and the unit is left out: what surrounds attention surrounds it.
/// The softmax is taken over the taps that lie on real tokens; the paper's is taken over all, those
/// outside count zero (fairseq's `renorm_padding`). Dropout of weights is the paper's DropConnect.
///
/// Errors: a window, a bias.
/// Cost: 2 · length · d_model · (2 · kernel_size − 1 + convolution_chunk) operations; memory
/// length · heads · (convolution_chunk + kernel_size).
class DynamicConvolutionAttention : public AttentionPattern {
 public:
  struct Options {
    std::int64_t d_model = 512;
    int heads = 8;
    std::int64_t kernel_size = 31;  ///< taps; the paper's 3 to 31, growing with depth
  };
  DynamicConvolutionAttention(const Options& options, Initializer& init);

  Variable operator()(const ProjectedTokens& tokens,
                      const AttentionOptions& options) const override;
  Tensor weights(const ProjectedTokens& tokens, const AttentionOptions& options) const override;
  /// No keys are looked at, so none are projected.
  bool shares_keys() const override { return true; }
  bool is_causal() const override { return true; }
  /// Keeps the values of the last kernel_size − 1 tokens.
  std::unique_ptr<KeyValueCache> start(int heads, std::int64_t length) const override;
  void visit(Visitor& visitor) override { visitor("taps", taps_); }

  /// The kernel of every position, `[batch, head, query, kernel_size]`; zeros outside the sequence and
  /// on padding. Fewer queries than keys are the last ones.
  Variable kernels(const Variable& queries, std::int64_t key, const Mask& mask) const;

 private:
  Variable taps_;  // [head, kernel_size, d_head]
};

/// How many positions are convolved by one product, as a matrix with a band of taps.
std::int64_t convolution_chunk(std::int64_t kernel_size);

/// The sums of values that kernels say.
/// \param kernels  `[batch, head, query, kernel_size]`
/// \param values   `[batch, key, d_model]`; of the last queries, where there are more keys
/// \param left     tap 0 lies so many positions before the query
/// \return         `[batch, query, d_model]`
Variable convolve(const Variable& kernels, const Variable& values, std::int64_t left);

}  // namespace lectern
