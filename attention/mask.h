#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "tensor/tensor.h"

namespace lectern {

/// How far a query sees. Both bounds are INCLUSIVE and count keys beside its own position: with
/// dilation 1 it sees `before + 1 + after` keys, with dilation d as many of every d-th position.
/// Seven tokens:
///
///     {.before = 2, .after = 1}      {.before = 2}       {.before = 1,       {.before = 1,
///                                                         .after = 1,         .globals = 1}
///                                                         .dilation = 2}
///               a b c d e f g         a b c d e f g       a b c d e f g       a b c d e f g
///     query a   x x . . . . .         x . . . . . .       x . x . . . .       x . . . . . .
///     query b   x x x . . . .         x x . . . . .       . x . x . . .       x x . . . . .
///     query c   x x x x . . .         x x x . . . .       x . x . x . .       x x x . . . .
///     query d   . x x x x . .         . x x x . . .       . x . x . x .       x . x x . . .
///     query e   . . x x x x .         . . x x x . .       . . x . x . x       x . . x x . .
///     query f   . . . x x x x         . . . x x x .       . . . x . x .       x . . . x x .
///     query g   . . . . x x x         . . . . x x x       . . . . x . x       x . . . . x x
///
/// Source: Beltagy et al. 2020, "Longformer", section 3.1.
struct Window {
  std::int64_t before = 0;    ///< keys seen before the own position, inclusive
  std::int64_t after = 0;     ///< keys seen after it, inclusive
  std::int64_t dilation = 1;  ///< a key is seen at every dilation-th position
  std::int64_t globals = 0;   ///< the first so many keys are seen by every query
  /// i32 `[head]`: head h sees no position farther than this, to either side. Undefined: all heads
  /// see equally far.
  Tensor head_reach{};
};

/// Which blocks of tokens a query sees, as attention in two levels asks (attention/hierarchical.h).
/// Seven tokens in blocks of two, reach 1; on the left keys are tokens, on the right they are blocks:
///
///               a b c d e f g         ab cd ef g
///     query a   x x x x . . .         .  .  x  x
///     query c   x x x x x x .         .  .  .  x
///     query e   . . x x x x x         x  .  .  .
struct Blocks {
  std::int64_t size = 32;  ///< tokens of a block
  std::int64_t reach = 1;  ///< so many blocks to either side are near
  /// False: keys are tokens, and those of near blocks are seen. True: keys are blocks, and those that
  /// are not near are seen.
  bool far = false;
  std::int64_t first = 0;  ///< far: which token query 0 is

  std::int64_t count(std::int64_t length) const { return (length + size - 1) / size; }
};

/// The attention mask: the keys that a query may attend to, as a rule, not as an L × L tensor.
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
/// and is masked out. A query that sees no key at all attends to nothing: its output is zero.
///
/// `window`: of the keys that the rules above leave, a query sees those of its window. Fewer
/// queries than keys are the last ones here, too, causal or not.
///
/// `blocks`: of the keys that the rules above leave, a query sees those of its blocks; instead of a
/// window. Where keys are blocks, `key_lengths` counts blocks, causal means before the query's own.
///
/// `pairs`: of the keys that the rules above leave, a query sees those for which this function says
/// so. It is asked on the host for every pair, so only mask_scores and the definitions of attention
/// take it (attend_by_definition, ByDefinition); kernels refuse.
struct Mask {
  /// Whether query `query` sees key `key`, both counted from 0.
  using PairRule = std::function<bool(std::int64_t query, std::int64_t key)>;

  bool causal = false;
  Tensor key_lengths{};  ///< i32 `[batch]`; undefined: every key is real
  std::optional<Window> window{};
  std::optional<Blocks> blocks{};
  PairRule pairs{};

  bool hides_something() const {
    return causal || key_lengths.defined() || window || blocks || pairs;
  }
};

Mask no_mask();
Mask causal_mask();
/// \param key_lengths  i32 `[batch]`, each from 0 to the number of keys
Mask padding_mask(Tensor key_lengths);
Mask causal_padding_mask(Tensor key_lengths);
Mask window_mask(Window window);
/// A mask of one's own, by definition only: `pair_mask([](auto, auto key) { return key % 2 == 0; })`.
Mask pair_mask(Mask::PairRule sees);

/// On the host: how many of its `key` keys each of `batch` sequences really has.
std::vector<std::int32_t> tokens_of_each(const Mask& mask, std::int64_t batch, std::int64_t key);

/// Throws where the mask is a function of pairs, which `kernel` cannot ask.
void check_no_pairs(const Mask& mask, const char* kernel);

/// Throws unless the mask fits `batch` sequences with `key` keys each and `head` heads.
void check_mask(const Mask& mask, std::int64_t batch, std::int64_t head, std::int64_t key);

}  // namespace lectern
