#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// Sentences as a rectangle of token numbers, and how many of each row are real.
struct Tokens {
  Tensor ids;      // [batch, length] i32
  Tensor lengths;  // [batch] i32
};

}  // namespace lectern
