#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "tensor/dtype.h"
#include "tensor/vector.h"

namespace lectern {

/// Two bf16 numbers, neighbours in a sum of products: the even one in the lower half of the bits. A
/// processor with AVX-512 BF16 multiplies such pairs and adds both products to an f32 sum, in one
/// instruction (vdpbf16ps): twice the operations of f32. It may lie in memory of other numbers.
struct [[gnu::may_alias]] Bfloat16Pair {
  std::int32_t bits;
};

/// True where this program was compiled for a processor that multiplies pairs of bf16. Elsewhere the
/// lines below calculate the same, several times slower than f32.
#if defined(__AVX512BF16__)
constexpr bool multiplies_bfloat16_pairs = true;
#else
constexpr bool multiplies_bfloat16_pairs = false;
#endif

template <>
struct RegisterOf<Bfloat16Pair> {
  using type = IntegerRegister;
};
template <>
inline Vector<Bfloat16Pair>::Vector(Bfloat16Pair pair) : value(pair.bits - IntegerRegister{}) {}

/// Lane by lane, with the bits that a register of floats has.
template <>
inline Vector<Bfloat16Pair> Vector<Bfloat16Pair>::load_first(const Bfloat16Pair* source,
                                                             int count) {
  const auto* bits = reinterpret_cast<const float*>(source);
  return std::bit_cast<IntegerRegister>(Vector<float>::load_first(bits, count).value);
}
template <>
inline void Vector<Bfloat16Pair>::store_first(Bfloat16Pair* target, int count) const {
  Vector<float>(std::bit_cast<FloatRegister>(value))
      .store_first(reinterpret_cast<float*>(target), count);
}

/// c + a₁b₁ + a₀b₀ in each lane, products and sums in f32. The instruction takes subnormal numbers
/// as zero.
inline Vector<float> multiply_add(Vector<Bfloat16Pair> a, Vector<Bfloat16Pair> b, Vector<float> c) {
#if defined(__AVX512BF16__)
  return Vector<float>(_mm512_dpbf16_ps(c.value, std::bit_cast<__m512bh>(a.value),
                                        std::bit_cast<__m512bh>(b.value)));
#else
  const auto upper = [](Vector<Bfloat16Pair> pairs) {
    return Vector<float>(std::bit_cast<FloatRegister>(pairs.value & ~0xffff));
  };
  const auto lower = [](Vector<Bfloat16Pair> pairs) {
    return Vector<float>(std::bit_cast<FloatRegister>(pairs.value << 16));
  };
  return multiply_add(lower(a), lower(b), multiply_add(upper(a), upper(b), c));
#endif
}

/// Rounds each lane to bf16, as bfloat16 does: to nearest, ties to even. `even` goes to the lower
/// halves, `odd` to the upper ones.
inline Vector<Bfloat16Pair> bfloat16_pairs(Vector<float> even, Vector<float> odd) {
#if defined(__AVX512BF16__)
  alignas(64) static constexpr auto in_turns = [] {
    std::array<std::int16_t, 32> lanes{};
    for (std::int16_t i = 0; i < 32; ++i) lanes[i] = i / 2 + i % 2 * 16;
    return lanes;
  }();
  const auto halves = std::bit_cast<__m512i>(_mm512_cvtne2ps_pbh(odd.value, even.value));
  return std::bit_cast<IntegerRegister>(
      _mm512_permutexvar_epi16(_mm512_load_si512(in_turns.data()), halves));
#else
  Vector<Bfloat16Pair> pairs;
  for (int i = 0; i < Vector<float>::lanes; ++i)
    pairs.value[i] = bfloat16(even[i]).bits | bfloat16(odd[i]).bits << 16;
  return pairs;
#endif
}

/// The pairs that `count` numbers in a row are, at most two to a lane; what is beyond them is zero.
inline Vector<Bfloat16Pair> load_pairs(const float* source, int count) {
  constexpr int lanes = Vector<float>::lanes;
#if defined(__AVX512BF16__)
  using V = Vector<float>;
  const V first = count >= lanes ? V::load(source) : V::load_first(source, count);
  const V second = count == 2 * lanes ? V::load(source + lanes)
                   : count > lanes    ? V::load_first(source + lanes, count - lanes)
                                      : V(0.0f);
  return std::bit_cast<IntegerRegister>(_mm512_cvtne2ps_pbh(second.value, first.value));
#else
  Vector<Bfloat16Pair> pairs;
  for (int i = 0; i < lanes; ++i) {
    const bfloat16 even(2 * i < count ? source[2 * i] : 0.0f);
    const bfloat16 odd(2 * i + 1 < count ? source[2 * i + 1] : 0.0f);
    pairs.value[i] = even.bits | odd.bits << 16;
  }
  return pairs;
#endif
}

}  // namespace lectern
