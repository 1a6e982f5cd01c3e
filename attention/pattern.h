#pragma once

#include <memory>

#include "attention/ops/attention_options.h"
#include "nn/module.h"

namespace lectern {

/// The tokens of a sequence, seen through the projections of a MultiHeadAttention. All are
/// `[batch, length, d_model]`; in the last three head h is columns `h·d_head … (h+1)·d_head`.
struct ProjectedTokens {
  Variable x;                      ///< before any projection
  Variable queries, keys, values;  ///< where a pattern shares them, `keys` is `queries`
};

/// Which tokens of a sequence meet, and how: windows, hashing, carried sums. MultiHeadAttention
/// projects, asks its pattern, and projects back; without a pattern every visible pair meets
/// (attend). A program can bring one of its own: derive, and say what a token sees.
class AttentionPattern : public Module {
 public:
  /// \param options  heads, mask and the dropout of the weights
  /// \return         `[batch, length, d_model]`, the heads side by side
  virtual Variable operator()(const ProjectedTokens& tokens,
                              const AttentionOptions& options) const = 0;

  /// True where a token asks and answers with the same vector: there is no projection of keys.
  virtual bool shares_keys() const { return false; }

  /// What a pattern remembers of the tokens that it has read, to go on one token at a time.
  class Memory {
   public:
    virtual ~Memory() = default;
    /// Reads the next token of every sequence and looks back from it. All four `[batch, 1,
    /// d_model]`.
    virtual Tensor read(const Tensor& queries, const Tensor& keys, const Tensor& values) = 0;
  };
  /// An empty memory for `batch` sequences of at most `length` tokens. What it answers is what the
  /// causal pattern gives to whole sequences. Throws where that cannot be had.
  virtual std::unique_ptr<Memory> start(std::int64_t batch, std::int64_t length, int heads) const;

  void visit(Visitor&) override {}
};

}  // namespace lectern
