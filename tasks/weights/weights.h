#pragma once

#include <string>
#include <vector>

#include "tasks/training/checkpoint.h"

namespace lectern {

/// A model of another library as a checkpoint of ours.
struct ImportedWeights {
  Checkpoint checkpoint;
  /// What was passed over and what the checkpoint lacks, in sentences.
  std::vector<std::string> notes;
};

/// Reads `folder`, as Hugging Face's save_pretrained writes it: config.json says what the model is
/// (see WeightFamily), model.safetensors holds the weights.
///
/// Every tensor has to be known, there and of its shape; nothing is left out in silence. Names may be
/// those of a file that holds the bare stack (`wte.weight` for `transformer.wte.weight`), and norms may
/// have their old ones (`gamma`, `beta`). The vocabulary is read if its files are there: vocab.txt, or
/// vocab.json and merges.txt; its tokens have other numbers here (tasks/text/imported_tokenizer.h).
/// Throws Failure(checkpoint) naming file and tensor.
ImportedWeights import_weights(const std::string& folder);

/// Writes the weights of a checkpoint as `folder`/model.safetensors under their names, with a
/// config.json, for their from_pretrained. The way back: an imported model gives the same tensors,
/// bit for bit (a BERT's two tables of positions and segments come back as one and zeros),
/// and the files of its vocabulary. The optimiser's state is not written, nor a vocabulary of ours.
/// \param family  `distilbert`, `bert`, `gpt2`; empty: what was imported
/// \return        the names of the files
/// Throws Failure(usage) for an unknown family, a model that is none of it, and a folder that has such
/// files already.
std::vector<std::string> export_weights(const Checkpoint& checkpoint, const std::string& family,
                                        const std::string& folder);

}  // namespace lectern
