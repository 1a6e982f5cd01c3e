#pragma once

#include "tasks/weights/family.h"

namespace lectern {

/// `GPT2LMHeadModel` of Hugging Face's transformers: GPT-2 (Radford et al. 2019, "Language Models are
/// Unsupervised Multitask Learners"), a causal stack with norms before the sublayers. Queries, keys and
/// values are one matrix there. Ours has a bias behind the logits, theirs has none.
WeightFamily gpt2_family();

}  // namespace lectern
