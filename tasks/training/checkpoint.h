#pragma once

#include <map>
#include <string>

#include "tensor/safetensors.h"

namespace lectern {

/// Everything that a run needs to go on, or a translation to be made, in one file.
///
/// The file is in the safetensors format, which every framework reads. Ours adds to the header's
/// metadata a format version, a CRC-32C for each tensor, and one for the metadata themselves; they
/// hold also after another program has read the file and saved it in an order of its own.
struct Checkpoint {
  static constexpr int format_version = 1;

  std::map<std::string, std::string> metadata;  ///< without what belongs to the file, the checksums
  NamedTensors tensors;
  Safetensors::Texts blobs;

  /// Throw Failure(checkpoint) when there is no such entry.
  const Tensor& tensor(const std::string& name) const;
  const std::string& blob(const std::string& name) const;
  const std::string& text_of(const std::string& key) const;
  bool has_tensor(const std::string& name) const;

  std::string path;            ///< where it was read from, for error messages
  bool has_checksums = false;  ///< it was read from a file of ours, and all of them matched
};

/// Writes the file as a whole or not at all; see replace_file.
void save_checkpoint(const std::string& path, const Checkpoint& checkpoint);

/// Reads a file and verifies its checksums; one of another program, without any, is taken if its
/// header is right (read_safetensors). Throws Failure(checkpoint) that says what is damaged, also
/// for a format version from the future, and for a weight that is NaN or infinite. The tensors lie
/// in the host's memory.
Checkpoint load_checkpoint(const std::string& path);

}  // namespace lectern
