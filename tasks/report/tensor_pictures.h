#pragma once

#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace lectern {

/// \defgroup tensor_pictures Pictures of tensors
/// How small tensors lie in memory and how they are repeated, with every number written into its cell.
/// As charts (tasks/report/charts.h), each function returns one `<svg>` element.
/// @{

/// A tensor and the name that the program has for it.
struct NamedTensor {
  std::string name{};
  Tensor tensor{};
};

/// Which numbers each of the tensors reads: storages as rows of numbers, as far as one of the tensors
/// reads them, and below them a bar for every tensor, from its first number to its last. Tensors that
/// share a number stand below the same row. Found out by their addresses.
/// \throws Error when a tensor does not lie on the CPU, or one row would have more than 16 numbers
std::string memory_picture(const std::vector<NamedTensor>& tensors, const std::string& title = {},
                           Where where = Where::current());

/// What an elementwise operation makes of two tensors of different shapes: `a`, `b`, and `result`, each
/// repeated to the shape of both. What is a repetition, and not a number that lies in memory, has a
/// dashed border.
/// \param sign  between a and b: "+"
/// \throws Error when the shapes do not fit, or have more than two axes
std::string broadcast_picture(const NamedTensor& a, const std::string& sign, const NamedTensor& b,
                              const NamedTensor& result, Where where = Where::current());
/// @}

}  // namespace lectern
