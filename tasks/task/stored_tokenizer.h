#pragma once

#include <memory>
#include <string>

#include "tasks/config/config.h"
#include "tasks/text/tokenizer.h"
#include "tasks/training/checkpoint.h"

namespace lectern {

// What the table [tokenizer] of a configuration means, and how vocabularies lie in checkpoints.

TokenizerOptions tokenizer_options(const Config& config);

/// Puts a tokenizer's bytes into a checkpoint, under its checksums. All of one checkpoint are of the
/// same kind.
/// \param name  of the entry: `tokenizer.source`
void store_tokenizer(const Tokenizer& tokenizer, const std::string& name, Checkpoint& checkpoint);

/// Takes it out again.
/// \param lowercase  data.lowercase of the checkpoint's configuration
/// \throws Failure (checkpoint) naming file and entry
std::shared_ptr<Tokenizer> stored_tokenizer(const Checkpoint& checkpoint, const std::string& name,
                                            bool lowercase);

/// Whether there is an entry of that name.
bool has_tokenizer(const Checkpoint& checkpoint, const std::string& name);

}  // namespace lectern
