#pragma once

#include <string>

#include "nn/module.h"
#include "tensor/safetensors.h"

namespace lectern {

/// Writes every parameter of a model under its name, as PyTorch's `save_file(model.state_dict(), …)`
/// does: a safetensors file that other frameworks read. The file is written as a whole or not at all.
/// \throws FileError
void save(Module& model, const std::string& path);

/// Gives every parameter of a model the numbers that `path` has under its name, wherever the model
/// lies. Nothing is changed unless all names, shapes and dtypes fit. What is no parameter is passed
/// over: whole numbers, and what an optimiser has saved under `optimizer.`.
/// \throws FileError, DamagedFile; Error naming the first parameters that do not fit, with both shapes
void load(Module& model, const std::string& path);

/// The same from tensors that have been read already.
/// \param source  what messages call them: their file
void load(Module& model, const NamedTensors& tensors, const std::string& source);

}  // namespace lectern
