#pragma once

#include <string>

#include "models/language_model.h"
#include "tasks/config/config.h"

namespace lectern {

/// Writes on from `prompt`, byte by byte: decode.max_length bytes, or fewer where the model can
/// read no more. decode.temperature 0 takes the likeliest byte each time; above 0 bytes are drawn,
/// as decode.top_k, decode.top_p and decode.seed say.
///
/// \return  the new bytes; a last character may lack its end
/// \throws  Failure (usage) for an empty prompt, for one that the model cannot read whole, and where
///          the model's attention cannot go on one token at a time
///
/// Cost: one call of the model for the prompt, and one for every byte of the answer; each layer
/// keeps what it needs of the bytes read.
std::string continue_text(const LanguageModel& model, const std::string& prompt,
                          const DecodeConfig& options);

}  // namespace lectern
