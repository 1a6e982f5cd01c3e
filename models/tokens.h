#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// Sentences as a rectangle of token numbers, and how many of each row are real.
struct Tokens {
  Tensor ids;      // [batch, length] i32
  Tensor lengths;  // [batch] i32
};

/// The longest sentence, in tokens of its own, that a model with positions for `max_length` tokens
/// reads or writes: `</s>`, or the `<s>` before it, takes one.
constexpr std::int64_t longest_sentence(std::int64_t max_length) { return max_length - 1; }

}  // namespace lectern
