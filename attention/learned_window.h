#pragma once

#include <functional>
#include <string>
#include <vector>

#include "attention/distance_bias.h"
#include "attention/pattern.h"
#include "nn/init.h"

namespace lectern {

/// \defgroup learned_window A window that learns its width
/// Every head looks around through a bell curve whose width it learns, in two stages:
///
/// \f[ s_{ij} = \frac{q_i \cdot k_j}{\sqrt{d_{head}}} - \frac{(i-j)^2}{2\sigma_h^2}, \qquad
///     \sigma_h = \mathrm{softplus}(\rho_h) = \ln(1 + e^{\rho_h}) \f]
///
/// 1. Attention is full, σ is learned, and a regularization loss grows with it: without one nothing
///    makes a head narrow. ∂s/∂σ = (i−j)²/σ³, so that a start as wide as the text hardly learns.
/// 2. σ is frozen, and keys are cut off where measured attention loses almost nothing. (A bell that
///    is added can be outvoted by what tokens say to each other: no multiple of σ is safe.)
///
/// The bell is that of Yang et al. 2018, "Modeling Localness for Self-Attention Networks", without
/// its predicted centre; that the width is learned first and trimmed then is Sukhbaatar et al.
/// 2019.
/// @{

class LearnedWindowAttention : public AttentionPattern {
 public:
  struct Options {
    int heads = 8;
    double start = 16;          ///< σ of every head at first, in tokens
    double regularization = 0;  ///< λ of the regularization loss
    /// How many times the learning rate the widths learn with. What is learned is ρ / rate, so that a
    /// step of Adam, which has one size whatever the gradient's, moves ρ so many times as far.
    double rate = 1;
  };
  LearnedWindowAttention(const Options& options, Initializer& init);

  Variable operator()(const ProjectedTokens& tokens,
                      const AttentionOptions& options) const override;
  Tensor weights(const ProjectedTokens& tokens, const AttentionOptions& options) const override;
  bool is_causal() const override { return true; }
  /// Keeps every token, in stage 2 as many as the widest head sees.
  std::unique_ptr<KeyValueCache> start(int heads, std::int64_t length) const override;
  void visit(Visitor& visitor) override { visitor("rho", rho_); }

  /// σ of every head, `[head]`.
  Variable widths() const;
  /// λ · mean σ.
  Variable regularization_loss() const override;

  /// Stage 2: head h sees `reach[h]` keys to either side and no more (inclusive), and σ gets no
  /// gradient any longer. From here on cost grows with length · reach.
  void freeze_width(const std::vector<std::int64_t>& reach);
  bool frozen() const { return reach_.defined(); }
  /// i32 `[head]`; undefined before the width is frozen.
  const Tensor& reach() const { return reach_; }

  /// What attend_fused is called with.
  AttentionOptions biased(const AttentionOptions& options) const;

 private:
  Variable rho_;           // [head], ρ / rate
  Tensor reach_;           // i32 [head]; undefined in stage 1
  std::int64_t farthest_;  // the largest of them
  double regularization_;
  double rate_;
};

/// The share of each head's attention that falls on keys farther than `reach[h]`, as a mean over
/// all queries that see something.
///
/// \f[ 1 - \frac{\sum_{|i-j| \le W} e^{s_{ij}}}{\sum_j e^{s_{ij}}} = 1 - e^{\ell_i^W - \ell_i} \f]
///
/// \param q,k      `[batch, query, d_model]`, `[batch, key, d_model]`
/// \param options  heads, mask and bias; a reach for each head does not count
/// Cost: two passes of attend_fused; memory linear in length.
std::vector<double> dropped_mass(const Tensor& q, const Tensor& k, const AttentionOptions& options,
                                 const std::vector<std::int64_t>& reach);

/// For each head the shortest reach, a multiple of `step`, that drops at most `tolerance`.
/// Cost: log₂(length / step) + 1 passes of attend_fused.
std::vector<std::int64_t> choose_reach(const Tensor& q, const Tensor& k,
                                       const AttentionOptions& options, double tolerance,
                                       std::int64_t step = 32);

/// What a head has learned and what cutting its window would save.
struct HeadWindow {
  double sigma = 0;             ///< in tokens
  double effective_tokens = 0;  ///< the bell's area: what σ alone lets a token see
  std::int64_t reach = 0;       ///< chosen by measurement, or frozen
  double dropped_mass = 0;      ///< at that reach
  double cost_before = 0;       ///< operations of the forward passes with all pairs
  double cost_after = 0;        ///< the same at that reach
};
struct LayerWindows {
  std::string name;  ///< `layers.0.attention.pattern`
  LearnedWindowAttention* attention;
  std::vector<HeadWindow> heads;
};

/// Calls `run`, which should run the model over held-out text, and measures every learned window in
/// each of its calls: the farthest reach that one of them needs, and the most that it drops there.
/// \param tolerance  the most that a head may drop in any call
std::vector<LayerWindows> measure_windows(Module& model, const std::function<void()>& run,
                                          double tolerance);

/// Stage 2 for all of them, with the reach that was measured.
void freeze_widths(const std::vector<LayerWindows>& layers);
/// @}

}  // namespace lectern
