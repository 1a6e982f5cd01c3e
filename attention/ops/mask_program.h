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

  constexpr std::int32_t size() const { return end - begin; }
  constexpr bool intersects(Range other) const { return begin < other.end && other.begin < end; }
};

/// A mask as the tiled kernels see it: a small program that is compiled into them.
///
/// The kernels visit tiles, `queries` × `keys`. They ask which keys are worth visiting, so that
/// hidden tiles cost nothing; whether a tile is visible throughout, so that most visited tiles pay
/// for no mask; and only otherwise look at single pairs. Both first answers may be cautious: an
/// interval that is too wide, a `false`. A window returns an interval that moves with the queries;
/// a dilated window never says `all_visible`; tokens that were gathered from elsewhere keep a table
/// of their positions. The answers are constexpr functions, so that kernels of every device ask the
/// same text.
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
  constexpr std::int32_t prefix(std::int32_t query) const {
    return std::clamp(query + lookahead + 1, 0, real_keys);
  }
  constexpr Range keys_of(Range queries) const { return {0, prefix(queries.end - 1)}; }
  constexpr bool all_visible(Range queries, Range keys) const {
    return keys.end <= prefix(queries.begin);
  }
  constexpr bool visible(std::int32_t query, std::int32_t key) const { return key < prefix(query); }
};
static_assert(MaskProgram<PrefixMask>);

/// The masks of a batch as a GPU kernel takes them: a few numbers, copied, that give the program
/// for head `head` of sequence `batch`. Lengths or tables of positions stay where the kernel can
/// read them.
template <class Programs>
concept MaskPrograms = requires(const Programs& masks, std::int32_t batch, std::int32_t head) {
  { masks.program(batch, head) } -> MaskProgram;
};

/// The programs of a Mask, which are the same for all heads.
struct PrefixMasks {
  const std::int32_t* key_lengths;  ///< `[batch]`; null: every key is real
  std::int32_t query, key;
  bool causal;

  constexpr PrefixMask program(std::int64_t batch, std::int64_t /*head*/ = 0) const {
    return {key_lengths == nullptr ? key : std::clamp(key_lengths[batch], 0, key),
            causal ? key - query : key};
  }
};
static_assert(MaskPrograms<PrefixMasks>);

/// The programs for `query` queries and `key` keys, to be asked on the device of the lengths.
inline PrefixMasks compile_masks(const Mask& mask, std::int64_t query, std::int64_t key) {
  const Tensor& lengths = mask.key_lengths;
  const auto* numbers = !lengths.defined()        ? nullptr
                        : lengths.device() == cpu ? lengths.data<std::int32_t>()
                                                  : lengths.device_data<std::int32_t>();
  return {numbers, static_cast<std::int32_t>(query), static_cast<std::int32_t>(key), mask.causal};
}

/// The program for sequence `batch` of the batch, on the host.
inline PrefixMask compile_mask(const Mask& mask, std::int64_t batch, std::int64_t query,
                               std::int64_t key) {
  return compile_masks(mask, query, key).program(batch);
}

}  // namespace lectern
