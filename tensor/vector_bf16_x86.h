#pragma once

#include <immintrin.h>

#include <array>

#include "tensor/registers.h"

// What AVX-512 BF16 does in one instruction or two. It rounds to nearest, ties to even, and takes
// subnormal numbers as zero.

#if defined(__AVX512BF16__)

namespace lectern::registers {

inline FloatRegister add_products(IntegerRegister a, IntegerRegister b, FloatRegister c) {
  return _mm512_dpbf16_ps(c, bit_cast<__m512bh>(a), bit_cast<__m512bh>(b));
}

inline IntegerRegister pairs_in_a_row(FloatRegister first, FloatRegister second) {
  return bit_cast<IntegerRegister>(_mm512_cvtne2ps_pbh(second, first));
}

inline IntegerRegister pairs_in_turns(FloatRegister even, FloatRegister odd) {
  alignas(64) static constexpr auto in_turns = [] {
    std::array<std::int16_t, 32> lanes{};
    for (std::int16_t i = 0; i < 32; ++i) lanes[i] = i / 2 + i % 2 * 16;
    return lanes;
  }();
  const auto halves = bit_cast<__m512i>(_mm512_cvtne2ps_pbh(odd, even));
  return bit_cast<IntegerRegister>(
      _mm512_permutexvar_epi16(_mm512_load_si512(in_turns.data()), halves));
}

}  // namespace lectern::registers

#endif
