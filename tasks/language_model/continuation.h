#pragma once

#include <string>

#include "models/causal_language_model.h"
#include "tasks/config/config.h"
#include "tasks/text/text_report.h"
#include "tasks/text/tokenizer.h"

namespace lectern {

/// What a model wrote behind a prompt.
struct Continuation {
  std::string text;          ///< the new part; of bytes, a last character may lack its end
  std::int64_t prompt = 0;   ///< how long the prompt is [tokens]
  std::int64_t written = 0;  ///< new tokens
};

/// Writes on from `prompt`, token by token: decode.max_length tokens, or fewer where the model can
/// read no more. decode.temperature 0 takes the likeliest token each time; above 0 they are drawn,
/// as decode.top_k, decode.top_p and decode.seed say. The token that ends a line becomes a line's
/// end, in the prompt too.
///
/// \param tokenizer  null: bytes
/// \param report     is told of words of the prompt that the vocabulary lacks
/// \throws  Failure (usage) for an empty prompt, for one that the model cannot read whole, and where
///          the model's attention cannot go on one token at a time
///
/// Cost: one call of the model for the prompt, and one for every token of the answer; each layer
/// keeps what it needs of the tokens read.
Continuation continue_text(const CausalLanguageModel& model, const Tokenizer* tokenizer,
                           const std::string& prompt, const DecodeConfig& options,
                           TextReport& report);

}  // namespace lectern
