#pragma once

#include <string>
#include <vector>

#include "tasks/training/checkpoint.h"

namespace lectern {

/// A model of another library as a checkpoint of ours.
struct ImportedWeights {
  Checkpoint checkpoint;
  std::vector<std::string>
      notes;  ///< what was passed over and what the checkpoint lacks, in sentences
};

/// Reads `folder`, as Hugging Face's save_pretrained writes it: config.json says what the model is
/// (see WeightFamily), model.safetensors holds the weights.
///
/// Every tensor has to be known, there and of its shape; nothing is left out in silence. The
/// vocabulary is not read: the checkpoint knows weights, and the numbers of tokens alone.
/// Throws Failure(checkpoint) naming file and tensor.
ImportedWeights import_weights(const std::string& folder);

/// Writes the weights of a checkpoint as `folder`/model.safetensors under their names, with a
/// config.json, for their from_pretrained. The way back: an imported model gives the same tensors,
/// bit for bit. The optimiser's state and the vocabulary are not written.
/// \param family  `distilbert`
/// \return        the names of the files
/// Throws Failure(usage) for an unknown family, a model that is none of it, and a folder that has such
/// files already.
std::vector<std::string> export_weights(const Checkpoint& checkpoint, const std::string& family,
                                        const std::string& folder);

}  // namespace lectern
