#pragma once

#include <cmath>
#include <type_traits>

#include "attention/ops/attention_options.h"
#include "attention/ops/mask_program.h"

namespace lectern {

/// A mask that also adds something to every score, and tells how that grows with a number that the
/// head learns. Both depend on `key − query` alone. Kernels ask `if constexpr`, so that masks
/// without a bias cost nothing.
template <class Program>
concept ScoreProgram = MaskProgram<Program> &&
    requires(const Program& program, std::int32_t position) {
  { program.bias(position, position) } -> std::floating_point;
  { program.bias_slope(position, position) } -> std::floating_point;
};

/// The programs of a DistanceBias.
///
/// | | bias at distance x | slope: its derivative by the width |
/// |---|---|---|
/// | bell | −x²/(2σ²) | x²/σ³ |
/// | span | ln clamp((r + z − x)/r, 0, 1) | 1/(r + z − x) where the bias falls, else 0 |
template <class T>
struct BiasedMask {
  WindowMask mask;
  DistanceBias::Shape shape;
  T width;   ///< σ or z
  T ramp;    ///< r
  T factor;  ///< 1/(2σ²) or 1/r

  constexpr RangeWithGap keys_of(Range queries) const { return mask.keys_of(queries); }
  constexpr bool all_visible(Range queries, Range keys) const {
    return mask.all_visible(queries, keys);
  }
  constexpr bool visible(std::int32_t query, std::int32_t key) const {
    return mask.visible(query, key);
  }
  constexpr std::int64_t visible_pairs(std::int32_t queries) const {
    return mask.visible_pairs(queries);
  }
  constexpr T bias(std::int32_t query, std::int32_t key) const {
    const T x = distance(query, key);
    if (shape == DistanceBias::Shape::bell) return -x * x * factor;
    return left(x) < ramp ? log(left(x) * factor) : T{};
  }
  constexpr T bias_slope(std::int32_t query, std::int32_t key) const {
    const T x = distance(query, key);
    if (shape == DistanceBias::Shape::bell) return x * x * (2 * factor / width);
    return left(x) < ramp ? 1 / left(x) : T{};
  }

 private:
  constexpr T distance(std::int32_t query, std::int32_t key) const {
    const std::int32_t steps = key - query - mask.offset;
    return static_cast<T>(steps < 0 ? -steps : steps);
  }
  /// What is left of the ramp. Beyond its end a key is hidden, and its score only has to be finite.
  constexpr T left(T x) const { return std::max(ramp + width - x, static_cast<T>(1e-30)); }
};
static_assert(ScoreProgram<BiasedMask<float>>);

/// The programs of a batch. Beyond the end of its ramp a span hides what is there: so a head that
/// looks less far has less to do, from one step of training to the next.
template <class T>
struct BiasedMasks {
  WindowMasks masks;
  DistanceBias::Shape shape;
  const T* widths;  ///< `[head]`
  T ramp;
  std::int32_t heads;

  constexpr BiasedMask<T> program(std::int64_t batch, std::int64_t head) const {
    const T width = widths[head];
    const T factor = shape == DistanceBias::Shape::bell ? 1 / (2 * width * width) : 1 / ramp;
    BiasedMask<T> result{masks.program(batch, head), shape, width, ramp, factor};
    result.mask.before = std::min(result.mask.before, reach(head));
    result.mask.after = std::min(result.mask.after, reach(head));
    return result;
  }
  constexpr std::int32_t most_keys(std::int32_t queries) const {
    std::int32_t farthest = 0;
    for (std::int32_t head = 0; head < heads; ++head) farthest = std::max(farthest, reach(head));
    WindowMasks nearer = masks;
    nearer.before = std::min(nearer.before, farthest);
    nearer.after = std::min(nearer.after, farthest);
    return nearer.most_keys(queries);
  }

 private:
  /// The last position at which something of the ramp is left.
  constexpr std::int32_t reach(std::int64_t head) const {
    constexpr T longest = 1 << 30;
    if (shape == DistanceBias::Shape::bell) return 1 << 30;
    return static_cast<std::int32_t>(ceil(std::clamp(ramp + widths[head], T{1}, longest))) - 1;
  }
};
static_assert(MaskPrograms<BiasedMasks<float>>);

/// What log-sum-exp and widths of attention in T are kept in.
template <class T>
using SumOf = std::conditional_t<std::is_same_v<T, double>, double, float>;

/// Calls `action(programs)` with the programs of the options' mask and bias, on the device where
/// lengths and widths lie.
template <class T, class Action>
void with_programs(const AttentionOptions& options, std::int64_t query, std::int64_t key,
                   const Action& action) {
  const DistanceBias& bias = options.bias;
  if (!bias.widths.defined()) return with_masks(options.mask, query, key, action);
  const PrefixMasks prefix = prefix_masks(options.mask, query, key);
  const Window everything{.before = query + key, .after = query + key};
  using Number = SumOf<T>;
  action(BiasedMasks<Number>{compile_window(options.mask.window.value_or(everything), prefix),
                             bias.shape, numbers_of<Number>(bias.widths),
                             static_cast<Number>(bias.ramp),
                             static_cast<std::int32_t>(options.heads)});
}

}  // namespace lectern
