#pragma once

#include "tasks/text/tokenizer.h"

namespace lectern {

std::unique_ptr<Tokenizer> train_sentencepiece(const std::vector<std::string>& lines,
                                               const TokenizerOptions& options);
std::unique_ptr<Tokenizer> deserialize_sentencepiece(const std::string& kind,
                                                     const std::string& bytes, bool lowercase);

}  // namespace lectern
