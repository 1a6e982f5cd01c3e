#pragma once

#include <functional>
#include <memory>

#include "attention/cache.h"
#include "attention/ops/attention_options.h"
#include "nn/module.h"

namespace lectern {

/// An attention pattern: which tokens attend to which, and how: windows, hashing, carried sums.
/// MultiHeadAttention projects, asks its pattern, and projects back; without one, attention is full
/// (attend). A program can bring one of its own: derive, and say what a token sees.
class AttentionPattern : public Module {
 public:
  /// \param options  heads, mask and the dropout of the weights
  /// \return         `[batch, length, d_model]`, the heads side by side
  virtual Variable operator()(const ProjectedTokens& tokens,
                              const AttentionOptions& options) const = 0;

  /// The attention weights, for pictures: the probabilities before dropout. Masked pairs have
  /// none; the row of a token that attends to none is zero. Throws where a pattern does not say.
  /// \return  `[batch, head, query, key]`, each other row summing to one
  /// Cost: memory for several such matrices.
  virtual Tensor weights(const ProjectedTokens& tokens, const AttentionOptions& options) const;

  /// True where every visible pair meets: then MultiHeadAttention needs no pattern.
  virtual bool is_exact() const { return false; }

  /// True where a token asks and answers with the same vector: there is no projection of keys.
  virtual bool shares_keys() const { return false; }

  /// True where keys and values may have fewer heads than queries (MultiHeadAttention::Options): the
  /// pattern attends by attend(), or reads their width as that does.
  virtual bool groups_heads() const { return !shares_keys(); }

  /// True where, under a causal mask, nothing that a token sees depends on tokens after it: then
  /// one token at a time gives what the whole sequence gives.
  virtual bool is_causal() const { return false; }
  /// An empty key/value cache for sequences of at most `length` tokens. What it answers is what the
  /// causal pattern gives to whole sequences. A pattern that is_causal() and brings no cache of its
  /// own is run over all tokens again for every call, which the log says once. Throws where a token
  /// depends on those after it.
  virtual std::unique_ptr<KeyValueCache> start(int heads, std::int64_t length) const;

  /// The regularization loss: what the training loss is to be increased by, so that the pattern
  /// stays cheap. One number, or undefined where there is none.
  virtual Variable regularization_loss() const { return {}; }
  /// Called after every step of an optimiser.
  virtual void after_step() {}

  /// Told of all calls, while it is set: to measure a pattern in a model that runs.
  using Observer = std::function<void(const ProjectedTokens&, const AttentionOptions&)>;
  void observe(Observer observer) { observer_ = std::move(observer); }
  const Observer& observer() const { return observer_; }

  void visit(Visitor&) override {}

 private:
  Observer observer_;
};

/// The sum of the regularization losses of a model's patterns; undefined: none has one.
Variable regularization_loss(Module& model);
/// Tells all patterns of a model that an optimiser has changed it.
void after_step(Module& model);

}  // namespace lectern
