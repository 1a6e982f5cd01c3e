#include "tasks/translation/vocabularies.h"

#include "tasks/failure.h"

namespace lectern {

Vocabularies learn_vocabularies(const Config& config, const std::vector<SentencePair>& pairs) {
  std::vector<std::string> source, target;
  for (const SentencePair& pair : pairs) {
    source.push_back(pair.source);
    target.push_back(pair.target);
  }
  const TokenizerConfig& tokenizer = config.tokenizer;
  const TokenizerOptions options{
      .kind = tokenizer.kind,
      .vocab_size = static_cast<std::int32_t>(tokenizer.vocab_size),
      .character_coverage = tokenizer.character_coverage,
      .min_frequency = static_cast<std::int32_t>(tokenizer.min_frequency),
      .lowercase = config.data.lowercase};
  if (!tokenizer.shared)
    return {train_tokenizer(std::move(source), options),
            train_tokenizer(std::move(target), options)};
  source.insert(source.end(), target.begin(), target.end());
  const std::shared_ptr<Tokenizer> both = train_tokenizer(std::move(source), options);
  return {both, both};
}

void write_vocabularies(const Vocabularies& vocabularies, Checkpoint& checkpoint) {
  checkpoint.metadata["tokenizer.kind"] = vocabularies.source->kind();
  checkpoint.blobs.emplace_back("tokenizer.source", vocabularies.source->serialize());
  if (vocabularies.target != vocabularies.source)
    checkpoint.blobs.emplace_back("tokenizer.target", vocabularies.target->serialize());
}

Vocabularies read_vocabularies(const Checkpoint& checkpoint, bool lowercase) {
  const std::string& kind = checkpoint.text_of("tokenizer.kind");
  const auto load = [&](const char* name) -> std::shared_ptr<Tokenizer> {
    try {
      return deserialize_tokenizer(kind, checkpoint.blob(name), lowercase);
    } catch (const Failure& failure) {
      throw Failure(failure.code, text(checkpoint.path, ": \"", name, "\": ", failure.what(),
                                       "; take another checkpoint"));
    }
  };
  Vocabularies vocabularies{load("tokenizer.source"), nullptr};
  vocabularies.target = vocabularies.source;
  for (const auto& [name, bytes] : checkpoint.blobs)
    if (name == "tokenizer.target") vocabularies.target = load("tokenizer.target");
  return vocabularies;
}

}  // namespace lectern
