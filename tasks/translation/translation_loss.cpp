#include "tasks/translation/translation_loss.h"

#include "autograd/ops/cross_entropy.h"
#include "tasks/text/tokenizer.h"

namespace lectern {

Variable translation_loss(const Transformer& model, const Batch& batch, double label_smoothing) {
  const Variable logits = model({batch.source, batch.source_lengths}, batch.target_input);
  return cross_entropy(logits, batch.target_output,
                       {.label_smoothing = label_smoothing, .ignore = Tokenizer::pad});
}

}  // namespace lectern
