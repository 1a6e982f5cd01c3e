#pragma once

#include <cmath>
#include <cstdint>

namespace lectern {

/// Steps to one.
constexpr double fixed_point_steps = 1 << 20;

/// A number in steps, modulo 2³², on any device. Beyond ±2⁶² it is cut off first, because the
/// conversion would not be defined; steps are unsigned, because their sums wrap around.
template <class T>
constexpr std::uint32_t steps_of(T x) {
  constexpr T limit = static_cast<T>(std::int64_t{1} << 62);
  const T steps = rint(x * static_cast<T>(fixed_point_steps));
  const T inside = steps > limit ? limit : steps > -limit ? steps : -limit;
  return static_cast<std::uint32_t>(static_cast<std::int64_t>(inside));
}

}  // namespace lectern
