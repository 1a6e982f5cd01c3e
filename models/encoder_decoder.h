#pragma once

#include "models/decoder_state.h"
#include "models/tokens.h"
#include "nn/recurrent.h"
#include "tensor/ops/cross_entropy.h"

namespace lectern {

/// What the encoder made of a batch of sentences.
struct EncoderOutput {
  Variable states;           // [batch, source, d_model]
  Tensor lengths;            // [batch] i32
  RecurrentState last = {};  // of a recurrent encoder: what its cells remember at the end
};

/// A model that reads a sentence and writes another one: what training, searches and tasks ask of it.
class EncoderDecoder : public Module {
 public:
  /// The whole network, for training: what it expects after each target token.
  /// \param target  begins with <s>; position t sees tokens 0 … t
  /// \return        logits `[batch, target, target_vocab]`
  Variable operator()(const Tokens& source, const Tensor& target,
                      Where where = Where::current()) const {
    return decode(target, encode(source, where), where);
  }

  virtual EncoderOutput encode(const Tokens& source, Where where = Where::current()) const = 0;
  /// \return `[batch, target, target_vocab]`
  Variable decode(const Tensor& target, const EncoderOutput& memory,
                  Where where = Where::current()) const {
    return logits(decode_states(target, memory, where));
  }
  /// What the decoder has made of each target token: `[batch, target, d_model]`.
  virtual Variable decode_states(const Tensor& target, const EncoderOutput& memory,
                                 Where where = Where::current()) const = 0;
  /// \param states  `[..., d_model]`
  /// \return        `[..., target_vocab]`
  virtual Variable logits(const Variable& states) const = 0;
  /// The mean cross entropy of the targets, i32 `[row]`, given states `[row, d_model]`: as
  /// `cross_entropy(logits(states), targets, options)`, in less memory.
  virtual Variable cross_entropy(const Variable& states, const Tensor& targets,
                                 const CrossEntropyOptions& options) const = 0;

  /// Decoding on, with everything that was computed before kept: see Decoder.
  virtual DecoderState start(const EncoderOutput& memory) const = 0;
  /// \param inputs  from prepare()
  /// \return        logits `[row, target_vocab]` for the token after the last
  virtual Tensor step(DecoderState& state, const DecoderInputs& inputs) const = 0;
  /// Null where the model knows the order of its tokens without them.
  virtual const Positions* positions() const = 0;

  /// Longest sequence, in tokens.
  virtual std::int64_t max_length() const = 0;
};

}  // namespace lectern
