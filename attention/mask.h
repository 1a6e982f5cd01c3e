#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace lectern {

/// Which keys a query may look at: a rule, not an L × L tensor of zeros and ones.
///
/// `causal`: a query sees itself and what came before. When there are fewer queries than keys, the
/// queries are the *last* ones, as in decoding with a cache: query i sees the keys up to
/// i + (keys − queries). Five keys, first with all five queries, then with the last two:
///
///               a b c d e                   a b c d e
///     query a   x . . . .
///     query b   x x . . .
///     query c   x x x . .
///     query d   x x x x .         query d   x x x x .
///     query e   x x x x x         query e   x x x x x
///
/// `key_lengths`: sequence b of the batch has `key_lengths[b]` real keys; what follows is padding
/// and nobody sees it. A query that sees no key at all attends to nothing: its output is zero.
struct Mask {
  bool causal = false;
  Tensor key_lengths{};  ///< i32 `[batch]`; undefined: every key is real

  bool hides_something() const { return causal || key_lengths.defined(); }
};

Mask no_mask();
Mask causal_mask();
/// \param key_lengths  i32 `[batch]`, each from 0 to the number of keys
Mask padding_mask(Tensor key_lengths);
Mask causal_padding_mask(Tensor key_lengths);

/// Throws unless the mask fits a batch of `batch` sequences with `key` keys each.
void check_mask(const Mask& mask, std::int64_t batch, std::int64_t key);

}  // namespace lectern
