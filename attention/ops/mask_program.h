#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>

#include "attention/mask.h"

namespace lectern {

/// The positions `begin … end-1` of a sequence. 32 bits, so that a vector of positions is as wide
/// as a vector of floats.
struct Range {
  std::int32_t begin = 0;
  std::int32_t end = 0;

  std::int32_t size() const { return end - begin; }
  bool intersects(Range other) const { return begin < other.end && other.begin < end; }
};

/// A mask as the tiled kernels see it: a small program that is compiled into them.
///
/// The kernels visit tiles, `queries` × `keys`. They ask which keys are worth visiting, so that
/// hidden tiles cost nothing; whether a tile is visible throughout, so that most visited tiles pay
/// for no mask; and only otherwise look at single pairs. Both first answers may be cautious: an
/// interval that is too wide, a `false`. A window returns an interval that moves with the queries;
/// a dilated window never says `all_visible`; tokens that were gathered from elsewhere keep a table
/// of their positions.
template <class Program>
concept MaskProgram = requires(const Program& mask, Range range, std::int32_t position) {
  { mask.keys_of(range) } -> std::same_as<Range>;
  { mask.all_visible(range, range) } -> std::same_as<bool>;
  { mask.visible(position, position) } -> std::same_as<bool>;
};

/// Every query sees the first keys: all of them, the real ones, those up to itself. This is the
/// program of every Mask.
struct PrefixMask {
  std::int32_t real_keys;  ///< later keys are padding
  std::int32_t lookahead;  ///< query i sees no key after i + lookahead

  /// How many keys a query sees.
  std::int32_t prefix(std::int32_t query) const {
    return std::clamp(query + lookahead + 1, 0, real_keys);
  }
  Range keys_of(Range queries) const { return {0, prefix(queries.end - 1)}; }
  bool all_visible(Range queries, Range keys) const { return keys.end <= prefix(queries.begin); }
  bool visible(std::int32_t query, std::int32_t key) const { return key < prefix(query); }
};
static_assert(MaskProgram<PrefixMask>);

/// The program for sequence `batch` of the batch, with `query` queries and `key` keys.
inline PrefixMask compile_mask(const Mask& mask, std::int64_t batch, std::int64_t query,
                               std::int64_t key) {
  const auto keys = static_cast<std::int32_t>(key);
  return {mask.key_lengths.defined() ? mask.key_lengths.data<std::int32_t>()[batch] : keys,
          mask.causal ? static_cast<std::int32_t>(key - query) : keys};
}

}  // namespace lectern
