#include "tasks/translation/vocabularies.h"

#include "tasks/task/stored_tokenizer.h"

namespace lectern {

Vocabularies learn_vocabularies(const Config& config, const std::vector<SentencePair>& pairs) {
  std::vector<std::string> source, target;
  for (const SentencePair& pair : pairs) {
    source.push_back(pair.source);
    target.push_back(pair.target);
  }
  const TokenizerOptions options = tokenizer_options(config);
  if (!config.tokenizer.shared)
    return {train_tokenizer(std::move(source), options),
            train_tokenizer(std::move(target), options)};
  source.insert(source.end(), target.begin(), target.end());
  const std::shared_ptr<Tokenizer> both = train_tokenizer(std::move(source), options);
  return {both, both};
}

void write_vocabularies(const Vocabularies& vocabularies, Checkpoint& checkpoint) {
  store_tokenizer(*vocabularies.source, "tokenizer.source", checkpoint);
  if (vocabularies.target != vocabularies.source)
    store_tokenizer(*vocabularies.target, "tokenizer.target", checkpoint);
}

Vocabularies read_vocabularies(const Checkpoint& checkpoint, bool lowercase) {
  const std::string source = "tokenizer.source", target = "tokenizer.target";
  Vocabularies vocabularies{stored_tokenizer(checkpoint, source, lowercase), nullptr};
  vocabularies.target = has_tokenizer(checkpoint, target)
                            ? stored_tokenizer(checkpoint, target, lowercase)
                            : vocabularies.source;
  return vocabularies;
}

}  // namespace lectern
