#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "models/causal_language_model.h"
#include "models/decoding.h"
#include "models/encoder_decoder.h"
#include "tensor/recorded_work.h"

namespace lectern {

/// A model that writes, and what a search asks of it: an encoder-decoder that has read its source
/// sentences, or a language model with prompts to go on from.
///
/// A GPU records a step and repeats it (RecordedWork), which needs the same shapes every time. So
/// there, sentences that are done idle along, repeating another one, until half of them do.
class Decoder : public StepDecoder {
 public:
  /// Reads the source sentences; every translation begins with the token `begin`, <s>.
  Decoder(const EncoderDecoder& model, const Tokens& source,
          std::int32_t begin = SpecialTokens{}.begin);
  /// \param prompts  i32 `[sentence, length]`, equally long, of one token at least
  /// \param longest  tokens of a prompt and its continuation
  Decoder(const CausalLanguageModel& model, const Tensor& prompts, std::int64_t longest);
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  std::int64_t sentences() const override { return static_cast<std::int64_t>(place_.size()); }
  /// Reads the prompts, in one call.
  Tensor start() override;
  /// The logits hold until the next step.
  Tensor step(const TokenList& tokens, const TokenList& order) override;
  void select(const TokenList& kept) override;
  /// Reads on: several more tokens of every row, in one call, as start() reads the prompts.
  /// \param tokens  i32 `[row, n]`, n of one at least; the rows are those of the last step
  /// \return        logits `[row, vocab]` for the token after the last, until the next step
  Tensor read(const Tensor& tokens);

  /// Steps that a GPU has recorded since tensors last moved.
  std::int64_t recordings() const { return work_ ? work_->recordings() : 0; }

 private:
  using Step = std::function<Tensor(DecoderState&, const DecoderInputs&)>;
  Decoder(Step step, const Positions* positions, DecoderState state, const Tensor& prompts);

  Tensor step_with_idle_rows(const TokenList& tokens, const TokenList& order);
  /// \param tokens  i32 `[row, n]`; rows and order are those of the state
  Tensor run(const Tensor& tokens, const TokenList& order);
  Tensor run_recorded(const DecoderInputs& inputs);

  Step step_;                   // the model's
  const Positions* positions_;  // null: the model has none
  DecoderState state_;
  Tensor prompts_;                      // i32 [sentence, n]
  std::int64_t sentences_;              // of the state, those that idle along included
  TokenList place_;                     // of each sentence among those of the state
  TokenList last_rows_;                 // the state's row of each row of the last step
  std::unique_ptr<RecordedWork> work_;  // on a GPU; none when tensors have moved
  Tensor logits_;                       // what it writes: [row of the state, vocab]
};

/// Writes on from a prompt: `count` tokens, each drawn from the model's own distribution.
/// \param options  temperature, top_k, top_p and seed; `top_k = 1` takes the likeliest token
/// \return         the new tokens, without the prompt. Every token can be written: none ends it
/// Errors: an empty prompt; more tokens than the model reads. The last one is written
/// but not read.
/// Cost: one call of the model for the prompt, and one for every token.
std::vector<std::int32_t> continue_tokens(const CausalLanguageModel& model,
                                          const std::vector<std::int32_t>& prompt,
                                          std::int64_t count, const SamplingOptions& options = {});

}  // namespace lectern
