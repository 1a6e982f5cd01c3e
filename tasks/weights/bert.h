#pragma once

#include "tasks/weights/family.h"

namespace lectern {

/// `BertForMaskedLM` of Hugging Face's transformers: BERT (Devlin et al. 2019) with the head that tells
/// hidden words. It is read for texts of one segment; the head that tells whether a sentence follows
/// another is passed over.
WeightFamily bert_family();

}  // namespace lectern
