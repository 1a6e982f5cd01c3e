#pragma once

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

template <>
struct RegisterOf<Bfloat16Pair> {
  using type = IntegerRegister;
  using InMemory [[gnu::vector_size(vector_bytes), gnu::aligned(4), gnu::may_alias]] = std::int32_t;
};
template <>
inline Vector<Bfloat16Pair>::Vector(Bfloat16Pair pair) : value(pair.bits - IntegerRegister{}) {}

/// Lane by lane, with the bits that a register of floats has.
template <>
inline Vector<Bfloat16Pair> Vector<Bfloat16Pair>::load_first(const Bfloat16Pair* source,
                                                             int count) {
  const auto* bits = reinterpret_cast<const float*>(source);
  return bit_cast<IntegerRegister>(Vector<float>::load_first(bits, count).value);
}
template <>
inline void Vector<Bfloat16Pair>::store_first(Bfloat16Pair* target, int count) const {
  Vector<float>(bit_cast<FloatRegister>(value))
      .store_first(reinterpret_cast<float*>(target), count);
}

namespace registers {

/// c + a₁b₁ + a₀b₀ in each lane, products and sums in f32.
template <class Register>
FloatRegister add_products(Register a, Register b, FloatRegister c) {
  const auto upper = [](Register pairs) {
    return Vector<float>(bit_cast<FloatRegister>(pairs & ~0xffff));
  };
  const auto lower = [](Register pairs) {
    return Vector<float>(bit_cast<FloatRegister>(pairs << 16));
  };
  return multiply_add(lower(a), lower(b), multiply_add(upper(a), upper(b), Vector<float>(c))).value;
}

/// The pairs of numbers that lie beside each other.
template <class Register>
IntegerRegister pairs_in_a_row(Register first, Register second) {
  constexpr int lanes = lanes_of<Register>;
  IntegerRegister pairs;
  for (int i = 0; i < lanes; ++i) {
    const Register from = i < lanes / 2 ? first : second;
    pairs[i] = bfloat16(from[2 * i % lanes]).bits | bfloat16(from[2 * i % lanes + 1]).bits << 16;
  }
  return pairs;
}

/// The pairs of a lane of `even` and that lane of `odd`.
template <class Register>
IntegerRegister pairs_in_turns(Register even, Register odd) {
  IntegerRegister pairs;
  for (int i = 0; i < lanes_of<Register>; ++i)
    pairs[i] = bfloat16(even[i]).bits | bfloat16(odd[i]).bits << 16;
  return pairs;
}

}  // namespace registers
}  // namespace lectern

#if defined(__x86_64__)
#include "tensor/vector_bf16_x86.h"
#endif

namespace lectern {

/// c + a₁b₁ + a₀b₀ in each lane, products and sums in f32. The instruction takes subnormal numbers
/// as zero.
inline Vector<float> multiply_add(Vector<Bfloat16Pair> a, Vector<Bfloat16Pair> b, Vector<float> c) {
  return registers::add_products(a.value, b.value, c.value);
}

/// Rounds each lane to bf16, as bfloat16 does: to nearest, ties to even. `even` goes to the lower
/// halves, `odd` to the upper ones.
inline Vector<Bfloat16Pair> bfloat16_pairs(Vector<float> even, Vector<float> odd) {
  return registers::pairs_in_turns(even.value, odd.value);
}

/// The pairs that `count` numbers in a row are, at most two to a lane; what is beyond them is zero.
inline Vector<Bfloat16Pair> load_pairs(const float* source, int count) {
  using V = Vector<float>;
  constexpr int lanes = V::lanes;
  const V first = count >= lanes ? V::load(source) : V::load_first(source, count);
  const V second = count == 2 * lanes ? V::load(source + lanes)
                   : count > lanes    ? V::load_first(source + lanes, count - lanes)
                                      : V(0.0f);
  return registers::pairs_in_a_row(first.value, second.value);
}

}  // namespace lectern
