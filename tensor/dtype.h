#pragma once

#include <cstdint>
#include <iosfwd>

#include "tensor/bits.h"

namespace lectern {

/// The upper half of a float: 8 bits of exponent, 8 of precision. Storage only: convert, compute in
/// float, convert back.
struct bfloat16 {
  std::uint16_t bits = 0;

  bfloat16() = default;
  /// Rounds to nearest, ties to even; a NaN stays a NaN.
  explicit constexpr bfloat16(float value) {
    const auto b = bit_cast<std::uint32_t>(value);
    const bool nan = (b & 0x7fffffffu) > 0x7f800000u;
    bits = static_cast<std::uint16_t>(nan ? (b >> 16) | 0x40u
                                          : (b + 0x7fffu + ((b >> 16) & 1u)) >> 16);
  }
  explicit constexpr operator float() const {
    return bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
  }
};

/// What a number is stored as: f32 to work, f64 to check gradients to nine digits, i32 for tokens,
/// bf16 for storage at half the memory.
enum class DType : std::uint8_t { f32, f64, i32, bf16 };

/// Bytes of one number.
constexpr std::int64_t size_of(DType dtype) {
  switch (dtype) {
    case DType::f64: return 8;
    case DType::bf16: return 2;
    default: return 4;
  }
}

template <class T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::f32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::f64;
};
template <>
struct DTypeOf<std::int32_t> {
  static constexpr DType value = DType::i32;
};
template <>
struct DTypeOf<bfloat16> {
  static constexpr DType value = DType::bf16;
};

/// The DType that a C++ type is stored as: `dtype_of<float>` is `DType::f32`.
template <class T>
constexpr DType dtype_of = DTypeOf<T>::value;

/// `f32`, `f64`, `i32`, `bf16`
std::ostream& operator<<(std::ostream& out, DType dtype);

}  // namespace lectern
