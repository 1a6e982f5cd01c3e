#include "tasks/translation/translation_loss.h"

#include "autograd/ops/gather.h"
#include "autograd/ops/permute.h"
#include "tasks/text/tokenizer.h"
#include "tensor/ops/gather.h"

namespace lectern {
namespace {

/// Where a batch's target tokens stand, padding left out: numbers of rows, i32 `[token]`.
Tensor real_positions(const Tensor& targets) {
  const std::vector<std::int32_t> target = targets.to_vector<std::int32_t>();
  std::vector<std::int32_t> positions;
  for (std::size_t i = 0; i < target.size(); ++i)
    if (target[i] != Tokenizer::pad) positions.push_back(static_cast<std::int32_t>(i));
  return tensor_of<std::int32_t>({static_cast<std::int64_t>(positions.size())}, positions);
}

}  // namespace

Variable translation_loss(const Transformer& model, const Batch& batch, double label_smoothing) {
  const EncoderOutput memory = model.encode({batch.source, batch.source_lengths});
  const Variable states = model.decode_states(batch.target_input, memory);
  const std::int64_t rows = batch.target_output.size(), d_model = states.dim(-1);

  const Tensor real = real_positions(batch.target_output);
  const Variable real_states = embedding(reshape(states, {rows, d_model}), real);
  const Tensor targets = gather_rows(batch.target_output.reshape({rows}), real);  // [token]
  return model.cross_entropy(real_states, targets, {.label_smoothing = label_smoothing});
}

}  // namespace lectern
