#pragma once

#include <immintrin.h>

#include "tensor/registers.h"

// Steps of registers.h for which x86-64 processors have one instruction, and which GCC 12 or clang 14
// would make of more.

namespace lectern::registers {

#if defined(__AVX512F__)

inline FloatRegister multiply_add(FloatRegister a, FloatRegister b, FloatRegister c) {
  return _mm512_fmadd_ps(a, b, c);
}
inline DoubleRegister multiply_add(DoubleRegister a, DoubleRegister b, DoubleRegister c) {
  return _mm512_fmadd_pd(a, b, c);
}

inline FloatRegister larger(FloatRegister a, FloatRegister b) {
  return _mm512_maskz_max_ps(0xffff, a, b);
}
inline FloatRegister smaller(FloatRegister a, FloatRegister b) {
  return _mm512_maskz_min_ps(0xffff, a, b);
}

inline FloatRegister times_power_of_two(FloatRegister x, FloatRegister rounded) {
  return _mm512_maskz_scalef_ps(0xffff, x, rounded - rounder);
}

inline void load_first(FloatRegister& target, const float* source, int count) {
  target = _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), source);
}
inline void load_first(DoubleRegister& target, const double* source, int count) {
  target = _mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << count) - 1), source);
}
inline void store_first(FloatRegister source, float* target, int count) {
  _mm512_mask_storeu_ps(target, static_cast<__mmask16>((1u << count) - 1), source);
}
inline void store_first(DoubleRegister source, double* target, int count) {
  _mm512_mask_storeu_pd(target, static_cast<__mmask8>((1u << count) - 1), source);
}

/// The compiler needs three products to be sure.
inline void multiply_lower_halves(WordRegister& product, const WordRegister& lanes,
                                  std::uint64_t factor) {
  product = reinterpret_cast<WordRegister>(_mm512_maskz_mul_epu32(
      0xff, reinterpret_cast<__m512i>(lanes), _mm512_set1_epi64(static_cast<long long>(factor))));
}

#elif defined(__AVX2__)

#if defined(__FMA__)
inline FloatRegister multiply_add(FloatRegister a, FloatRegister b, FloatRegister c) {
  return _mm256_fmadd_ps(a, b, c);
}
inline DoubleRegister multiply_add(DoubleRegister a, DoubleRegister b, DoubleRegister c) {
  return _mm256_fmadd_pd(a, b, c);
}
#endif

/// All bits of the first `count` lanes of `bytes` bytes.
inline __m256i first_lanes(int count, int bytes) {
  alignas(32) static constexpr std::int32_t bits[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bits + 8 - count * bytes / 4));
}

inline void load_first(FloatRegister& target, const float* source, int count) {
  target = _mm256_maskload_ps(source, first_lanes(count, 4));
}
inline void load_first(DoubleRegister& target, const double* source, int count) {
  target = _mm256_maskload_pd(source, first_lanes(count, 8));
}
/// Four lanes, two and one, as the bits of `count` say: one masked store takes a Zen 3 longer than all of
/// them.
inline void store_first(FloatRegister source, float* target, int count) {
  __m128 rest = _mm256_castps256_ps128(source);
  if (count & 4) {
    _mm_storeu_ps(target, rest);
    rest = _mm256_extractf128_ps(source, 1);
    target += 4;
  }
  if (count & 2) {
    _mm_storel_pi(reinterpret_cast<__m64*>(target), rest);
    rest = _mm_movehl_ps(rest, rest);
    target += 2;
  }
  if (count & 1) _mm_store_ss(target, rest);
}
inline void store_first(DoubleRegister source, double* target, int count) {
  __m128d rest = _mm256_castpd256_pd128(source);
  if (count & 2) {
    _mm_storeu_pd(target, rest);
    rest = _mm256_extractf128_pd(source, 1);
    target += 2;
  }
  if (count & 1) _mm_store_sd(target, rest);
}

/// The compiler needs three products to be sure.
inline void multiply_lower_halves(WordRegister& product, const WordRegister& lanes,
                                  std::uint64_t factor) {
  product = reinterpret_cast<WordRegister>(_mm256_mul_epu32(
      reinterpret_cast<__m256i>(lanes), _mm256_set1_epi64x(static_cast<long long>(factor))));
}

#endif

}  // namespace lectern::registers
