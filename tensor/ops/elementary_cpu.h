#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

#include "tensor/bits.h"

namespace lectern {

// Elementary functions of a float as straight-line arithmetic, which the compiler vectorises inside
// a loop; of a double, the standard library's, which are slower and exact to the last place.

/// \f$ e^x \f$.
///
/// With k the whole number nearest to x / ln 2, \f$ e^x = 2^k e^r, r = x - k \ln 2 \f$, and
/// |r| ≤ ln 2 / 2 is small enough for six terms. Adding 1.5·2²³ rounds to a whole number and leaves
/// it in the lowest bits, from where a shift moves it into the exponent. Error: 1.3 units in the
/// last place. Below −87.3, where a float becomes subnormal, the result is 0.
inline float exponential(float x) {
  constexpr float lowest = -87.33654f, highest = 88.72283f;
  constexpr float log2_e = 0x1.715476p0f, ln2_high = 0x1.62e400p-1f, ln2_low = 0x1.7f7d1cp-20f;
  constexpr float round = 0x1.8p23f;

  const float inside = x < lowest ? lowest : x > highest ? highest : x;
  const float rounded = std::fma(inside, log2_e, round);
  const float k = rounded - round;
  const float r = std::fma(k, -ln2_low, std::fma(k, -ln2_high, inside));

  float series = 0x1.6850e4p-10f;
  series = std::fma(series, r, 0x1.123bccp-7f);
  series = std::fma(series, r, 0x1.555b98p-5f);
  series = std::fma(series, r, 0x1.55548ep-3f);
  series = std::fma(series, r, 0x1.fffff8p-2f);
  series = std::fma(series, r, 1.0f);
  series = std::fma(series, r, 1.0f);

  const std::uint32_t exponent = (bit_cast<std::uint32_t>(rounded) << 23) + 0x3f800000u;
  const float power = series * bit_cast<float>(exponent);
  return x < lowest    ? 0.0f
         : x > highest ? std::numeric_limits<float>::infinity()
         : x == x      ? power
                       : x;
}

inline double exponential(double x) { return std::exp(x); }

/// \f$ \tanh x = 1 - 2 / (e^{2x} + 1) \f$; near 0, where that would cancel, its Taylor series.
/// Error: 3e-7, relative.
inline float hyperbolic_tangent(float x) {
  const float square = x * x;
  float series = -1382.0f / 155925;
  series = std::fma(series, square, 62.0f / 2835);
  series = std::fma(series, square, -17.0f / 315);
  series = std::fma(series, square, 2.0f / 15);
  series = std::fma(series, square, -1.0f / 3);
  const float near_zero = std::fma(series * square, x, x);
  const float elsewhere = 1.0f - 2.0f / (exponential(2.0f * x) + 1.0f);
  return square < 0.16f ? near_zero : elsewhere;
}

inline double hyperbolic_tangent(double x) { return std::tanh(x); }

/// The normal distribution function \f$ \Phi(x) = \frac12 \operatorname{erfc}(-x / \sqrt 2) \f$.
///
/// By a Chebyshev fit of erfc (Press et al. 1992, "Numerical Recipes in C", section 6.2), which is
/// relatively exact: to 3e-7 near 0, to 2e-5 where Φ is as small as a float can be.
inline float normal_distribution(float x) {
  const float z = 0.70710678f * (x < 0 ? -x : x);
  const float t = 1.0f / (1.0f + 0.5f * z);
  float fit = 0.17087277f;
  fit = std::fma(fit, t, -0.82215223f);
  fit = std::fma(fit, t, 1.48851587f);
  fit = std::fma(fit, t, -1.13520398f);
  fit = std::fma(fit, t, 0.27886807f);
  fit = std::fma(fit, t, -0.18628806f);
  fit = std::fma(fit, t, 0.09678418f);
  fit = std::fma(fit, t, 0.37409196f);
  fit = std::fma(fit, t, 1.00002368f);
  fit = std::fma(fit, t, -1.26551223f);
  const float tail = 0.5f * t * exponential(std::fma(-z, z, fit));  // Φ(−|x|)
  return x < 0 ? tail : 1.0f - tail;
}

inline double normal_distribution(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

/// The elementary functions that formulas.h is written in, on a CPU: those above, and the standard
/// library's.
struct CpuMath {
  template <class T>
  static T exp(T x) {
    return exponential(x);
  }
  template <class T>
  static T log(T x) {
    return std::log(x);
  }
  template <class T>
  static T sqrt(T x) {
    return std::sqrt(x);
  }
  template <class T>
  static T power(T x, T exponent) {
    return std::pow(x, exponent);
  }
  template <class T>
  static T sin(T x) {
    return std::sin(x);
  }
  template <class T>
  static T cos(T x) {
    return std::cos(x);
  }
  template <class T>
  static T tanh(T x) {
    return hyperbolic_tangent(x);
  }
  template <class T>
  static T normal_distribution(T x) {
    return lectern::normal_distribution(x);
  }
};

}  // namespace lectern
