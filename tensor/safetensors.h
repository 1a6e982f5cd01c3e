#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tensor/tensor.h"

namespace lectern {

/// Tensors with names, in the order of their file.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// What a file in the safetensors format holds, which every framework reads and writes.
///
/// The file is the length of a header (8 bytes, little-endian), the header, and the numbers. The
/// header is JSON: `{"__metadata__": {"made by": "…"}, "weight": {"dtype": "F32", "shape": [2, 3],
/// "data_offsets": [0, 24]}, …}`, with offsets counted from the header's end.
/// \see https://huggingface.co/docs/safetensors
struct Safetensors {
  using Texts = std::vector<std::pair<std::string, std::string>>;
  Texts metadata;
  NamedTensors tensors;  ///< F32, F64, I32, BF16
  Texts blobs;           ///< U8: bytes that are no numbers, such as a tokenizer's
};

/// Writes the file as a whole or not at all, see replace_file. Tensors on a GPU are fetched.
void write_safetensors(const std::string& path, const Safetensors& contents);

/// Reads a file that may come from anywhere; the tensors lie in the host's memory.
///
/// Accepts what the format allows and nothing else: names that are unique, sizes that follow from
/// the shapes, and data without overlap, hole or rest. The header is followed as it is read, and
/// the first thing that does not belong there ends it: no nesting, no list and no number of keys
/// costs more than a few times the header's bytes, which are 100 MB at most.
/// Throws DamagedFile, or FileError for a file that cannot be opened or has a dtype that is not ours.
Safetensors read_safetensors(const std::string& path);

}  // namespace lectern
