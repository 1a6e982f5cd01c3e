#pragma once

#include <memory>
#include <optional>

#include "attention/multi_head.h"

namespace lectern {

/// \defgroup window Sliding windows
/// Sliding-window attention: a token attends to its neighbours, global tokens to all, all to them
/// (Beltagy et al. 2020, "Longformer", section 3.1). A Window is the mask; cost grows with
/// length · (before + 1 + after + globals) instead of length².
///
/// One meaning, three schedules. WindowAttention takes the tiled kernel of exact attention, whose
/// mask passes over hidden tiles. The two functions below are the algorithms that the paper
/// compares, made of differentiable operations: to be read, and to be held against the kernel. They
/// take self-attention, a window without global tokens, one reach for all heads, and no dropout.
/// @{

/// One diagonal of scores after the other: key i + o of every query i, for every o of the window.
/// Cost: 4 · length · window · d_model operations, none of them in a matrix product. The paper's
/// loop needs least memory of all; here every step is remembered for the gradient, length · window
/// · d_model numbers.
Variable attend_window_by_diagonals(const Variable& q, const Variable& k, const Variable& v,
                                    const AttentionOptions& options);

/// Chunks of 2w tokens that overlap by w, w the longer of both sides: one batched product gives
/// [2w, 2w] scores a chunk, of which the w + 1 diagonals on either side are kept. Not for dilated
/// windows.
/// Cost: half of the scores are calculated in vain, so twice the operations and the memory of the
/// band. Source: Longformer, appendix A, "sliding chunks".
Variable attend_window_by_chunks(const Variable& q, const Variable& k, const Variable& v,
                                 const AttentionOptions& options);

/// Self-attention through a window.
///
/// Global tokens are the first `window.globals` of the sequence. They belong to everybody's one
/// softmax, with the projections that all tokens share. What they themselves see goes through
/// projections of their own (section 3.1): Q_g, K_g, V_g over all keys, or, when causal, over the
/// global tokens up to themselves.
class WindowAttention : public AttentionPattern {
 public:
  struct Options {
    std::int64_t d_model = 512;
    Window window;
  };
  WindowAttention(const Options& options, Initializer& init);

  Variable operator()(const ProjectedTokens& tokens,
                      const AttentionOptions& options) const override;
  Tensor weights(const ProjectedTokens& tokens, const AttentionOptions& options) const override;

  bool is_causal() const override { return true; }
  /// Keeps the last `before` tokens, so that reading one more takes the same time however many came
  /// before: see recent_cache.h. With global tokens the pattern is run again for every token.
  std::unique_ptr<KeyValueCache> start(int heads, std::int64_t length) const override;

  void visit(Visitor& visitor) override;

 private:
  struct Projections {
    Linear query, key, value;
  };
  /// The first tokens, and what they see, through their own projections.
  struct Globals {
    Variable queries, keys;
    Variable seen;  ///< whose values these are, not projected
    AttentionOptions options;
  };
  Globals globals_of(const Variable& x, std::int64_t globals,
                     const AttentionOptions& options) const;
  AttentionOptions local(const AttentionOptions& options) const;

  Window window_;
  std::optional<Projections> global_;  // none: no token is global
};

/// A MultiHeadAttention with a WindowAttention, whose global projections start as copies of the
/// local ones (Longformer, section 5). Of fewer heads of keys, each is copied for its whole group.
MultiHeadAttention make_window_attention(const MultiHeadAttention::Options& options,
                                         const Window& window, Initializer& init);
/// @}

}  // namespace lectern
