#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tasks/text/imported_tokenizer.h"
#include "tasks/training/checkpoint.h"

namespace lectern {

/// A vocabulary beside the weights of a Hugging Face model.
struct VocabularyFiles {
  ImportedTokenizer tokens;
  bool lowercase = false;
};

/// Reads vocab.txt (WordPiece), or vocab.json and merges.txt (byte-level BPE), in `folder`; nothing if
/// they are not there. WordPiece lower-cases unless tokenizer_config.json says `"do_lower_case": false`.
/// Throws Failure(checkpoint) naming the file.
std::optional<VocabularyFiles> read_vocabulary(const std::string& folder, TokenizerKind kind);

/// The vocabulary that a checkpoint was imported with; nothing if it has another, or none.
std::optional<ImportedTokenizer> imported_vocabulary(const Checkpoint& checkpoint);
/// The files that it was read from: names and what is in them.
std::vector<std::pair<std::string, std::string>> vocabulary_files(const Checkpoint& checkpoint);

/// Rows of a table of theirs, or numbers of a list, in our order. What they have not is `absent`.
Tensor rows_in_our_order(const Tensor& theirs, const std::vector<std::int32_t>& order,
                         float absent);
/// The way back.
Tensor rows_in_their_order(const Tensor& ours, const std::vector<std::int32_t>& order);

}  // namespace lectern
