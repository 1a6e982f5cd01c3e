#pragma once

#include <type_traits>

#include "tensor/dtype.h"

namespace lectern {

/// A number in another type, on any device. bf16 is reached from, and left to, float.
template <class To, class From>
constexpr To convert(From number) {
  if constexpr (std::is_same_v<From, bfloat16> || std::is_same_v<To, bfloat16>)
    return static_cast<To>(static_cast<float>(number));
  else
    return static_cast<To>(number);
}

}  // namespace lectern
