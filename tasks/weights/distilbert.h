#pragma once

#include "tasks/weights/family.h"

namespace lectern {

/// Hugging Face's DistilBertForMaskedLM (Sanh et al. 2019), which is a masked language model of ours:
/// see models/masked_lm.h. Its layer norms have ε = 1e-12, whatever its config.json says.
/// Its positions come as learned ones also where theirs are fixed sines (`sinusoidal_pos_embds`): the
/// file holds the table, and only further training would tell.
WeightFamily distilbert_family();

}  // namespace lectern
