#pragma once

#include <memory>
#include <vector>

#include "tasks/config/config.h"
#include "tasks/text/sentence_pair.h"
#include "tasks/text/tokenizer.h"
#include "tasks/training/checkpoint.h"

namespace lectern {

/// The tokenizers of the two languages; one and the same when they share a vocabulary.
struct Vocabularies {
  std::shared_ptr<Tokenizer> source, target;
};

/// Learns them from the pairs, as [tokenizer] says.
Vocabularies learn_vocabularies(const Config& config, const std::vector<SentencePair>& pairs);

/// Puts the tokenizers' bytes into a checkpoint, under its checksums.
void write_vocabularies(const Vocabularies& vocabularies, Checkpoint& checkpoint);
/// Takes them out again.
/// \param lowercase  data.lowercase of the checkpoint's configuration
Vocabularies read_vocabularies(const Checkpoint& checkpoint, bool lowercase);

}  // namespace lectern
