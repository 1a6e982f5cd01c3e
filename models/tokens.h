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

/// The most tokens that such a model can write behind a prompt: the last one is not read any more.
constexpr std::int64_t longest_continuation(std::int64_t max_length, std::int64_t prompt) {
  return max_length - prompt + 1;
}

}  // namespace lectern
