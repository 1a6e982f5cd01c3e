#pragma once

#include "models/decoder_state.h"
#include "models/tokens.h"
#include "tensor/ops/cross_entropy.h"

namespace lectern {

/// A model that foretells every next token of a text from those before it: what training, writing and
/// tasks ask of it. (Hugging Face's CausalLM.)
class CausalLanguageModel : public Module {
 public:
  /// \return logits `[batch, length, vocab]` for the token after each
  Variable operator()(const Tokens& tokens, Where where = Where::current()) const {
    return logits(states(tokens, where));
  }
  /// What the output layer reads, `[batch, length, d_model]`.
  virtual Variable states(const Tokens& tokens, Where where = Where::current()) const = 0;
  /// \param states  `[..., d_model]`
  /// \return        `[..., vocab]`
  virtual Variable logits(const Variable& states) const = 0;

  /// The mean cross entropy of the targets, in natural units.
  /// \param targets  i32 `[batch, length]`, the token after each; `ignore` counts for nothing
  Variable loss(const Tokens& tokens, const Tensor& targets,
                const CrossEntropyOptions& options = {}) const;

  /// Reading on, with everything that was computed before kept: an empty state for sequences of at
  /// most `length` tokens. Throws where the model cannot. See Decoder.
  virtual DecoderState start(std::int64_t length) const = 0;
  /// \param inputs  from prepare()
  /// \return        logits `[row, vocab]` for the token after the last
  virtual Tensor step(DecoderState& state, const DecoderInputs& inputs) const = 0;
  /// Null where the model knows the order of its tokens without them.
  virtual const Positions* positions() const = 0;

  /// Longest sequence, in tokens.
  virtual std::int64_t max_length() const = 0;

 private:
  /// As `cross_entropy(logits(states), targets, options)`, in less memory.
  /// \param states   `[row, d_model]`
  /// \param targets  i32 `[row]`
  virtual Variable cross_entropy(const Variable& states, const Tensor& targets,
                                 const CrossEntropyOptions& options) const = 0;
};

}  // namespace lectern
