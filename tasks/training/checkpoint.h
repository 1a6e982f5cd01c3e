#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tensor/tensor.h"

namespace lectern {

/// Everything that a run needs to go on, or a translation to be made, in one file.
///
/// The file is in the safetensors format, which every framework reads: a JSON header with names,
/// dtypes, shapes and offsets, then the numbers. Ours adds to the header's metadata a format
/// version and a CRC-32C for each tensor. Bytes that are no tensor, such as a tokenizer's, are kept
/// as tensors of U8.
struct Checkpoint {
  static constexpr int format_version = 1;

  std::map<std::string, std::string> metadata;
  std::vector<std::pair<std::string, Tensor>> tensors;
  std::vector<std::pair<std::string, std::string>> blobs;

  /// Throw Failure(checkpoint) when there is no such entry.
  const Tensor& tensor(const std::string& name) const;
  const std::string& blob(const std::string& name) const;
  const std::string& text_of(const std::string& key) const;
  bool has_tensor(const std::string& name) const;

  std::string path;  ///< where it was read from, for error messages
};

/// Writes the file as a whole or not at all; see replace_file.
void save_checkpoint(const std::string& path, const Checkpoint& checkpoint);

/// Reads and verifies a file. Throws Failure(checkpoint) that says what is damaged: a header that is
/// no safetensors header, offsets that overlap, leave holes or lie outside the file, a checksum that
/// does not match, a format version from the future. The tensors lie in the host's memory.
Checkpoint load_checkpoint(const std::string& path);

}  // namespace lectern
