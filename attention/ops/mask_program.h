#pragma once

#include <algorithm>
#include <array>
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
  /// The first position from `position` on that belongs to it, unless it has ended.
  constexpr std::int32_t next(std::int32_t position) const { return position; }
  /// Itself, as a list of what lies together.
  constexpr std::array<Range, 1> runs() const { return {*this}; }
  /// The part of `other` that belongs to it.
  constexpr Range within(Range other) const {
    return {std::max(begin, other.begin), std::min(end, other.end)};
  }
};

/// The positions `begin … end-1` but for those inside `gap`: the tokens that everybody sees, and a
/// window.
struct RangeWithGap {
  std::int32_t begin = 0;
  std::int32_t end = 0;
  Range gap;

  constexpr bool intersects(Range other) const {
    return runs()[0].intersects(other) || runs()[1].intersects(other);
  }
  constexpr std::int32_t next(std::int32_t position) const {
    return gap.begin <= position && position < gap.end ? gap.end : position;
  }
  constexpr std::array<Range, 2> runs() const { return {Range{begin, gap.begin}, {gap.end, end}}; }
  /// The part of `other` that belongs to it, and what of the gap lies between.
  constexpr Range within(Range other) const {
    const Range low = runs()[0].within(other), high = runs()[1].within(other);
    if (low.size() <= 0) return high;
    return {low.begin, high.size() > 0 ? high.end : low.end};
  }
};

/// What a program may answer when it is asked for keys.
template <class Keys>
concept KeyRange = std::same_as<Keys, Range> || std::same_as<Keys, RangeWithGap>;

/// A mask as the tiled kernels see it: a small program that is compiled into them.
///
/// The kernels visit tiles, `queries` × `keys`. They ask which keys are worth visiting, so that
/// hidden tiles cost nothing; whether a tile is visible throughout, so that most visited tiles pay
/// for no mask; and only otherwise look at single pairs. Both first answers may be cautious: an
/// interval that is too wide, a `false`. A window returns an interval that moves with the queries;
/// a dilated window never says `all_visible`; tokens that were gathered from elsewhere keep a table
/// of their positions. The answers are constexpr functions, so that kernels of every device ask the
/// same text. `visible_pairs` says how many pairs the first so many queries see in all: what a call
/// costs, told without going through them.
template <class Program>
concept MaskProgram = requires(const Program& mask, Range range, std::int32_t position) {
  { mask.keys_of(range) } -> KeyRange;
  { mask.all_visible(range, range) } -> std::same_as<bool>;
  { mask.visible(position, position) } -> std::same_as<bool>;
  { mask.visible_pairs(position) } -> std::same_as<std::int64_t>;
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
  constexpr std::int64_t visible_pairs(std::int32_t queries) const {
    // None before query `first`, one more each until query `last`, and then all real keys.
    const std::int64_t own = std::int64_t{lookahead} + 1;
    const std::int64_t first = std::clamp<std::int64_t>(-own, 0, queries);
    const std::int64_t last = std::clamp<std::int64_t>(real_keys - own, first, queries);
    return (last - first) * own + (last * (last - 1) - first * (first - 1)) / 2 +
           (queries - last) * real_keys;
  }
};
static_assert(MaskProgram<PrefixMask>);

/// Of these, every query sees the keys near its own position, and the first few. This is the
/// program of a Mask with a Window.
struct WindowMask {
  PrefixMask prefix;
  std::int32_t offset;         ///< query i stands at position i + offset among the keys
  std::int32_t before, after;  ///< positions, inclusive
  std::int32_t dilation;
  std::int32_t globals;

  constexpr RangeWithGap keys_of(Range queries) const {
    const std::int32_t seen = prefix.keys_of(queries).end, first = std::min(globals, seen);
    const std::int32_t begin = queries.begin + offset - before, end = queries.end + offset + after;
    return {0, std::clamp(end, first, seen), {first, std::clamp(begin, first, seen)}};
  }
  constexpr bool all_visible(Range queries, Range keys) const {
    const bool all_near = keys.begin >= queries.end - 1 + offset - before &&
                          keys.end - 1 <= queries.begin + offset + after && dilation == 1;
    return prefix.all_visible(queries, keys) && (all_near || keys.end <= globals);
  }
  /// Without branches, so that a processor can ask about a register full of keys at once.
  constexpr bool visible(std::int32_t query, std::int32_t key) const {
    const std::int32_t distance = key - query - offset;
    const bool near = (distance >= -before) & (distance <= after), on = on_grid(distance);
    const bool may_see = prefix.visible(query, key);
    return may_see & ((near & on) | (key < globals));
  }
  constexpr std::int64_t visible_pairs(std::int32_t queries) const {
    std::int64_t pairs = 0;
    for (std::int32_t query = 0; query < queries; ++query) {
      const std::int32_t seen = prefix.prefix(query), first = std::min(globals, seen);
      const std::int32_t position = query + offset;
      const std::int32_t low = std::max(position - before, first);
      const std::int32_t high = std::min(position + after, seen - 1);
      pairs += first;
      if (low <= high) pairs += steps(position - low) + steps(high - position) + 1;
    }
    return pairs;
  }

 private:
  /// How often the dilation fits, rounded down; below zero, too.
  constexpr std::int32_t steps(std::int32_t distance) const {
    return distance >= 0 ? distance / dilation : -((-distance + dilation - 1) / dilation);
  }
  constexpr bool on_grid(std::int32_t distance) const {
    return dilation == 1 || distance % dilation == 0;
  }
};
static_assert(MaskProgram<WindowMask>);

/// Of these, every query sees the tokens of near blocks, or the blocks that are not near. This is the
/// program of a Mask with Blocks.
struct BlockMask {
  PrefixMask prefix;
  std::int32_t offset;  ///< query i stands at position i + offset among the tokens
  std::int32_t size, reach;
  bool far, causal;  ///< causal: of far blocks; that of tokens is the prefix's

  constexpr std::int32_t block(std::int32_t query) const { return (query + offset) / size; }
  /// Far blocks with the near ones between them: these are few, and a tile has room for them.
  constexpr Range keys_of(Range queries) const {
    const std::int32_t first = block(queries.begin), last = block(queries.end - 1);
    const std::int32_t seen = prefix.keys_of(queries).end;
    if (far) return {0, causal ? std::clamp(last - reach, 0, seen) : seen};
    const std::int32_t end = std::clamp((last + reach + 1) * size, 0, seen);
    return {std::clamp((first - reach) * size, 0, end), end};
  }
  constexpr bool all_visible(Range queries, Range keys) const {
    const std::int32_t first = block(queries.begin), last = block(queries.end - 1);
    if (!prefix.all_visible(queries, keys)) return false;
    if (!far) return keys.begin >= (last - reach) * size && keys.end <= (first + reach + 1) * size;
    return keys.end <= first - reach || (!causal && keys.begin > last + reach);
  }
  constexpr bool visible(std::int32_t query, std::int32_t key) const {
    const std::int32_t own = block(query), unit = far ? 1 : size;
    const bool before = key < (own - reach) * unit, after = key >= (own + reach + 1) * unit;
    return prefix.visible(query, key) & (far ? before | (after & !causal) : !(before | after));
  }
  constexpr std::int64_t visible_pairs(std::int32_t queries) const {
    std::int64_t pairs = 0;
    for (std::int32_t query = 0; query < queries; ++query) {
      const Range seen = keys_of({query, query + 1});
      const std::int32_t near_begin = std::clamp(block(query) - reach, 0, seen.end);
      const std::int32_t near_end = std::clamp(block(query) + reach + 1, near_begin, seen.end);
      pairs += seen.size() - (far ? near_end - near_begin : 0);
    }
    return pairs;
  }
};
static_assert(MaskProgram<BlockMask>);

/// The masks of a batch as a GPU kernel takes them: a few numbers, copied, that give the program
/// for head `head` of sequence `batch`. Lengths or tables of positions stay where the kernel can
/// read them.
template <class Programs>
concept MaskPrograms = requires(const Programs& masks, std::int32_t index) {
  { masks.program(index, index) } -> MaskProgram;
  { masks.most_keys(index) } -> std::same_as<std::int32_t>;  // that so many queries visit
};

/// The programs of a Mask without a window, which are the same for all heads.
struct PrefixMasks {
  const std::int32_t* key_lengths;  ///< `[batch]`; null: every key is real
  std::int32_t query, key;
  bool causal;

  constexpr PrefixMask program(std::int64_t batch, std::int64_t /*head*/) const {
    return {key_lengths == nullptr ? key : std::clamp(key_lengths[batch], 0, key),
            causal ? key - query : key};
  }
  constexpr std::int32_t most_keys(std::int32_t /*queries*/) const { return key; }
};
static_assert(MaskPrograms<PrefixMasks>);

/// The programs of a Mask with a window.
struct WindowMasks {
  PrefixMasks prefix;
  const std::int32_t* head_reach;  ///< `[head]`; null: every head sees `before` and `after`
  std::int32_t before, after;      ///< positions, inclusive
  std::int32_t dilation, globals;

  constexpr WindowMask program(std::int64_t batch, std::int64_t head) const {
    const std::int32_t reach = head_reach == nullptr ? prefix.key : std::max(head_reach[head], 0);
    return {prefix.program(batch, head),
            prefix.key - prefix.query,
            std::min(before, reach),
            std::min(after, reach),
            dilation,
            globals};
  }
  constexpr std::int32_t most_keys(std::int32_t queries) const {
    const std::int64_t all = std::int64_t{queries} + before + after + globals;
    return static_cast<std::int32_t>(std::min<std::int64_t>(all, prefix.key));
  }
};
static_assert(MaskPrograms<WindowMasks>);

/// The programs of a Mask with Blocks.
struct BlockMasks {
  PrefixMasks prefix;
  std::int32_t size, reach, first;
  bool far, causal;

  constexpr BlockMask program(std::int64_t batch, std::int64_t head) const {
    return {prefix.program(batch, head),
            far ? first : prefix.key - prefix.query,
            size,
            reach,
            far,
            causal};
  }
  constexpr std::int32_t most_keys(std::int32_t queries) const {
    const std::int64_t near = (std::int64_t{queries} / size + 2 + 2 * std::int64_t{reach}) * size;
    return far ? prefix.key : static_cast<std::int32_t>(std::min<std::int64_t>(near, prefix.key));
  }
};
static_assert(MaskPrograms<BlockMasks>);

/// The numbers of a tensor on the device where they lie; null where there is no tensor.
template <class T>
const T* numbers_of(const Tensor& tensor) {
  if (!tensor.defined()) return nullptr;
  return tensor.device() == cpu ? tensor.data<T>() : tensor.device_data<T>();
}

inline BlockMasks compile_blocks(const Blocks& blocks, PrefixMasks prefix) {
  const auto small = [](std::int64_t number) { return static_cast<std::int32_t>(number); };
  const bool causal = prefix.causal;
  if (blocks.far) prefix.causal = false;
  return {prefix, small(blocks.size), small(blocks.reach), small(blocks.first), blocks.far, causal};
}

inline WindowMasks compile_window(const Window& window, const PrefixMasks& prefix) {
  // Beyond all keys it does not matter how far a window reaches, but 32 bits must hold it.
  const std::int64_t farthest = std::int64_t{prefix.query} + prefix.key;
  const auto positions = [&](std::int64_t keys) {
    return static_cast<std::int32_t>(
        std::min(std::min(keys, farthest) * std::min(window.dilation, farthest), farthest));
  };
  return {prefix,
          numbers_of<std::int32_t>(window.head_reach),
          positions(window.before),
          prefix.causal ? 0 : positions(window.after),
          static_cast<std::int32_t>(std::min(window.dilation, std::max<std::int64_t>(farthest, 1))),
          static_cast<std::int32_t>(std::min<std::int64_t>(window.globals, prefix.key))};
}

/// The programs for `query` queries and `key` keys of a mask without a window, or, of one with a
/// window, what it begins with; to be asked on the device of the lengths.
inline PrefixMasks prefix_masks(const Mask& mask, std::int64_t query, std::int64_t key) {
  return {numbers_of<std::int32_t>(mask.key_lengths), static_cast<std::int32_t>(query),
          static_cast<std::int32_t>(key), mask.causal};
}

/// Calls `action(masks)` with the programs for `query` queries and `key` keys, to be asked on the
/// device of the lengths. Here, and only here, a rule becomes a type.
template <class Action>
void with_masks(const Mask& mask, std::int64_t query, std::int64_t key, const Action& action) {
  const PrefixMasks prefix = prefix_masks(mask, query, key);
  if (mask.blocks) return action(compile_blocks(*mask.blocks, prefix));
  if (!mask.window) return action(prefix);
  action(compile_window(*mask.window, prefix));
}

}  // namespace lectern
