#include "tasks/task/stored_tokenizer.h"

#include <algorithm>

#include "tasks/failure.h"

namespace lectern {

TokenizerOptions tokenizer_options(const Config& config) {
  const TokenizerConfig& tokenizer = config.tokenizer;
  return {.kind = tokenizer.kind,
          .vocab_size = static_cast<std::int32_t>(tokenizer.vocab_size),
          .character_coverage = tokenizer.character_coverage,
          .min_frequency = static_cast<std::int32_t>(tokenizer.min_frequency),
          .lowercase = config.data.lowercase};
}

void store_tokenizer(const Tokenizer& tokenizer, const std::string& name, Checkpoint& checkpoint) {
  checkpoint.metadata["tokenizer.kind"] = tokenizer.kind();
  checkpoint.blobs.emplace_back(name, tokenizer.serialize());
}

std::shared_ptr<Tokenizer> stored_tokenizer(const Checkpoint& checkpoint, const std::string& name,
                                            bool lowercase) {
  const std::string& kind = checkpoint.text_of("tokenizer.kind");
  try {
    return deserialize_tokenizer(kind, checkpoint.blob(name), lowercase);
  } catch (const Failure& failure) {
    throw Failure(failure.code, text(checkpoint.path, ": \"", name, "\": ", failure.what(),
                                     "; take another checkpoint"));
  }
}

bool has_tokenizer(const Checkpoint& checkpoint, const std::string& name) {
  const auto named = [&](const auto& entry) { return entry.first == name; };
  return std::ranges::any_of(checkpoint.blobs, named);
}

}  // namespace lectern
