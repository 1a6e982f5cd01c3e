#pragma once

#include <vector>

#include "tasks/text/sentence_pair.h"
#include "tasks/text/tokenizer.h"

namespace lectern {

/// A sentence pair as token numbers, without <s> and </s>.
struct TokenPair {
  std::vector<std::int32_t> source, target;
};

struct TokenCorpus {
  std::vector<TokenPair> pairs;
  TextReport report;  ///< of the pairs that were left out: too long, or without a token on a side
};

/// \param max_length  longest allowed sentence in tokens, <s> and </s> not counted
/// \param report      named and strict as the result's is to be
TokenCorpus encode_corpus(const std::vector<SentencePair>& pairs, const Tokenizer& source,
                          const Tokenizer& target, std::int64_t max_length,
                          TextReport report = TextReport());

}  // namespace lectern
