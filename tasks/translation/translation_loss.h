#pragma once

#include "models/encoder_decoder.h"
#include "tasks/text/batches.h"

namespace lectern {

/// The mean cross entropy of a batch's target tokens, each given the source and the tokens before
/// it. Padding takes part in nothing that follows the decoder: its logits are not even calculated.
Variable translation_loss(const EncoderDecoder& model, const Batch& batch, double label_smoothing);

}  // namespace lectern
