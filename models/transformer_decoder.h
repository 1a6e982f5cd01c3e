#pragma once

#include <memory>
#include <vector>

#include "models/decoding.h"
#include "models/transformer.h"
#include "tensor/recorded_work.h"

namespace lectern {

/// A Transformer that has read its source sentences, and what a search asks of it.
///
/// A GPU records a step and repeats it (RecordedWork), which needs the same shapes every time. So
/// there, sentences that are done idle along, repeating another one, until half of them do.
class TransformerDecoder : public StepDecoder {
 public:
  TransformerDecoder(const Transformer& model, const Tokens& source);
  TransformerDecoder(const TransformerDecoder&) = delete;
  TransformerDecoder& operator=(const TransformerDecoder&) = delete;
  std::int64_t sentences() const override { return static_cast<std::int64_t>(place_.size()); }
  /// The logits hold until the next step.
  Tensor step(const Tensor& tokens, const Tensor& order) override;
  void select(const Tensor& kept) override;
  /// Steps that a GPU has recorded since tensors last moved.
  std::int64_t recordings() const { return work_ ? work_->recordings() : 0; }

 private:
  Tensor step_with_idle_rows(const Tensor& tokens, const Tensor& order);
  Tensor run(const DecoderInputs& inputs);

  const Transformer& model_;
  DecoderState state_;
  std::vector<std::int32_t> place_;     // of each sentence among those of the state
  Tensor rows_of_last_step_;            // i32 [row], in the state; undefined: a row is where it is
  std::unique_ptr<RecordedWork> work_;  // on a GPU
  Tensor logits_;                       // what it writes: [row of the state, vocab]
};

}  // namespace lectern
