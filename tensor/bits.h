#pragma once

#include <type_traits>

namespace lectern {

/// The bits of `from`, read as another type of the same size: std::bit_cast, which the standard
/// libraries of clang 13 and before have not got.
template <class To, class From>
constexpr To bit_cast(const From& from) {
  static_assert(sizeof(To) == sizeof(From));
  static_assert(std::is_trivially_copyable_v<To> && std::is_trivially_copyable_v<From>);
  return __builtin_bit_cast(To, from);
}

}  // namespace lectern
