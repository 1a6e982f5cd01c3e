#include "tasks/translation/translation_loss.h"

#include "autograd/ops/gather.h"
#include "autograd/ops/permute.h"
#include "tasks/text/tokenizer.h"

namespace lectern {

Variable translation_loss(const EncoderDecoder& model, const Batch& batch, double label_smoothing) {
  const EncoderOutput memory = model.encode({batch.source, batch.source_lengths});
  const Variable states = model.decode_states(batch.target_input, memory);
  const std::int64_t rows = batch.target_input.size(), d_model = states.dim(-1);

  const Variable real_states = embedding(reshape(states, {rows, d_model}), batch.real_places);
  return model.cross_entropy(real_states, batch.real_targets,
                             {.label_smoothing = label_smoothing, .ignore = Tokenizer::pad});
}

}  // namespace lectern
