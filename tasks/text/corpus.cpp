#include "tasks/text/corpus.h"

#include <algorithm>

#include "tensor/check.h"

namespace lectern {

TokenCorpus encode_corpus(const std::vector<SentencePair>& pairs, const Tokenizer& source,
                          const Tokenizer& target, std::int64_t max_length, TextReport report) {
  TokenCorpus corpus{.pairs = {}, .report = std::move(report)};
  for (const SentencePair& pair : pairs) {
    const Origin origin{&corpus.report, pair.line};
    TokenPair tokens{source.encode(pair.source, origin), target.encode(pair.target, origin)};
    const auto [shortest, longest] = std::minmax({tokens.source.size(), tokens.target.size()});
    if (shortest == 0)
      origin.tell(empty_side);
    else if (static_cast<std::int64_t>(longest) > max_length)
      origin.tell(long_pair, text(longest, " tokens, at most ", max_length, " fit"));
    else
      corpus.pairs.push_back(std::move(tokens));
  }
  return corpus;
}

}  // namespace lectern
