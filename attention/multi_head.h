#pragma once

#include <memory>
#include <optional>

#include "attention/mask.h"
#include "attention/pattern.h"
#include "attention/watch.h"
#include "nn/dropout.h"
#include "nn/linear.h"

namespace lectern {

/// Several attentions side by side, each with projections of its own (Vaswani et al. 2017, §3.2.2):
///
/// \f[ \mathrm{MultiHead}(X, M) = \mathrm{concat}(\mathrm{head}_1, \dots, \mathrm{head}_h)\, W^O,
///     \quad \mathrm{head}_i = \mathrm{Attention}(X W_i^Q,\; M W_i^K,\; M W_i^V) \f]
///
/// In self-attention X and M are the same sequence; in cross-attention M is the encoder's output.
/// The h projections of a kind are the column blocks of one matrix `[d_model, d_model]`.
///
/// Grouped-query attention (Ainslie et al. 2023, "GQA", section 2.2): keys and values have fewer heads
/// than queries, `[d_model, key_value_heads · d_head]`, and each of theirs serves a group of query
/// heads. Multi-query attention (Shazeer 2019, "Fast Transformer Decoding: One Write-Head is All You
/// Need") is one such head. What it is for is the KV cache, which keeps 2 · key_value_heads · d_head
/// numbers a token and layer; the products of attention stay as many.
class MultiHeadAttention : public WatchedAttention {
 public:
  struct Options {
    std::int64_t d_model = 512;
    int heads = 8;
    int key_value_heads = 0;  ///< a divisor of heads; 1: multi-query attention; 0: as many as heads
    double dropout = 0.0;     ///< of the attention weights
    /// What the scores are multiplied by; 0: 1/√d_head. Only for full attention.
    double scale = 0.0;
  };
  MultiHeadAttention(const Options& options, Initializer& init);
  /// Self-attention with an attention pattern: sparse, hashed, linear.
  MultiHeadAttention(const Options& options, std::unique_ptr<AttentionPattern> pattern,
                     Initializer& init);

  /// \param x       `[batch, query, d_model]`, what attends
  /// \param memory  `[batch, key, d_model]`, what is attended to; with a pattern the same as `x`
  /// \return        `[batch, query, d_model]`
  Variable operator()(const Variable& x, const Variable& memory, const Mask& mask,
                      Where where = Where::current()) const;
  /// The attention weights of that call, before dropout: how much each query attends to each key.
  /// \return `[batch, head, query, key]`, each row summing to one; zeros where a query sees no key
  Tensor weights(const Variable& x, const Variable& memory, const Mask& mask,
                 Where where = Where::current()) const;

  /// Self-attention of the next tokens of sequences whose earlier tokens are in the cache;
  /// cross-attention to a source that is. Gives what the call above gives to the whole, in these
  /// places, as long as the mask is causal or the source's padding.
  /// \param x       `[row, n, d_model]`
  /// \param cache   from start(); x is appended to it
  /// \param newest  which tokens these are, see TokenPaths
  Variable step(const Variable& x, KeyValueCache& cache, const NewestTokens& newest) const;
  /// An empty cache for sequences of at most `length` tokens. Throws where the pattern cannot go on
  /// token by token.
  std::unique_ptr<KeyValueCache> start(std::int64_t length) const;
  /// A cache of what is looked at, projected once.
  /// \param memory   `[sentence, source, d_model]`, the encoder's output
  /// \param lengths  i32 `[sentence]`; undefined: there is no padding
  std::unique_ptr<KeyValueCache> start(const Variable& memory, const Tensor& lengths) const;

  void visit(Visitor& visitor) override;

 private:
  /// `[batch, query, d_model]`, the heads side by side.
  Variable queries_of(const Variable& x, Where where) const;
  Variable keys_of(const Variable& memory, const Variable& queries, Where where) const;
  AttentionOptions options_with(const Mask& mask) const;

  int heads_;
  double scale_;
  std::unique_ptr<AttentionPattern> pattern_;  // none: full attention
  Linear query_;
  std::optional<Linear> key_;  // none: the pattern shares queries and keys
  Linear value_, output_;
  Dropout dropout_;
};

}  // namespace lectern
