#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#include "tensor/bits.h"

#if defined(__x86_64__)
#include "tensor/processor_x86.h"
#else
namespace lectern {
constexpr int vector_bytes = 16;
constexpr bool multiplies_bfloat16_pairs = false;
#if defined(__aarch64__)  // NEON
constexpr int vector_registers = 32;
#else                     // WebAssembly: as many as the processors below it have at least
constexpr int vector_registers = 16;
#endif
}  // namespace lectern
#endif

// What Vector is made of: the compiler's vector types, which GCC and clang spell alike, and the few
// steps for which a processor has better instructions than a compiler finds. Those are written here
// for every processor; what a file named for a processor overloads takes their place.

namespace lectern {

using FloatRegister [[gnu::vector_size(vector_bytes)]] = float;
using DoubleRegister [[gnu::vector_size(vector_bytes)]] = double;
using IntegerRegister [[gnu::vector_size(vector_bytes)]] = std::int32_t;
using WordRegister [[gnu::vector_size(vector_bytes)]] = std::uint64_t;

namespace registers {

template <class Register>
constexpr int lanes_of = sizeof(Register) / sizeof(std::declval<Register>()[0]);

/// Lane i is lane `source(i)` of `a` and `b`, counted through both: b's first one has the number
/// `lanes`. `source` is a lambda without captures, so that the compiler knows every lane.
template <class Register, class Source>
[[gnu::always_inline]] inline Register shuffle(Register a, Register b, Source) {
  return [&]<int... lane>(std::integer_sequence<int, lane...>) {
#if __has_builtin(__builtin_shufflevector)
    return __builtin_shufflevector(a, b, Source{}(lane)...);
#else  // GCC 11
    return __builtin_shuffle(a, b, decltype(a < b){Source{}(lane)...});
#endif
  }
  (std::make_integer_sequence<int, lanes_of<Register>>{});
}

/// The larger of each pair of lanes; `b` where one of them is NaN.
template <class Register>
Register larger(Register a, Register b) {
  return a > b ? a : b;
}

/// The smaller of each pair of lanes; `b` where one of them is NaN.
template <class Register>
Register smaller(Register a, Register b) {
  return a < b ? a : b;
}

/// a·b + c of each lane. To round once is up to the compiler here, and GCC rounds twice where a factor
/// comes from one of two loads: a processor that has the instruction has it in its file.
template <class Register>
Register multiply_add(Register a, Register b, Register c) {
  return a * b + c;
}

/// A sum with this, 1.5 · 2^23, leaves no bits for a fraction: it is rounded to a whole number, and its
/// lowest bits are that number.
constexpr float rounder = 12582912.0f;

/// x · 2^n of each lane, for a whole number -252 <= n <= 254 that is given as `rounder` + n.
template <class Register>
Register times_power_of_two(Register x, Register rounded) {
  // Two factors, because 2^n itself may be out of range while the product is not. A power's exponent
  // goes straight into its bits.
  const auto power = [](IntegerRegister n) { return bit_cast<Register>((n + 127) << 23); };
  const IntegerRegister n = bit_cast<IntegerRegister>(rounded) - bit_cast<std::int32_t>(rounder);
  const IntegerRegister half = n >> 1;
  return x * power(half) * power(n - half);
}

/// The first `count < lanes` numbers; the other lanes are zero and their memory is not touched.
template <class Register, class T>
void load_first(Register& target, const T* source, int count) {
  T lane[lanes_of<Register>] = {};
  for (int i = 0; i < count; ++i) lane[i] = source[i];
  std::memcpy(&target, lane, sizeof target);
}
template <class Register, class T>
void store_first(Register source, T* target, int count) {
  for (int i = 0; i < count; ++i) target[i] = source[i];
}

/// Lane by lane, the 64-bit product of the lower half and a 32-bit factor.
template <class Register>
void multiply_lower_halves(Register& product, const Register& lanes, std::uint64_t factor) {
  product = (lanes & 0xffffffffu) * factor;
}

}  // namespace registers
}  // namespace lectern

#if defined(__x86_64__)
#include "tensor/registers_x86.h"
#elif defined(__aarch64__)
#include "tensor/registers_aarch64.h"
#endif
