#pragma once

#include "tensor/microkernel/factors.h"
#include "tensor/tensor.h"

namespace lectern {

/// Memory for steps, in a tensor: pairs of bf16 are twice as many bf16 numbers there.
/// \param count  steps
template <class T>
Tensor memory_for(std::int64_t count) {
  return Tensor({count * numbers_per_step<T>}, is_pair<T> ? DType::bf16 : dtype_of<NumberOf<T>>,
                cpu);
}

/// The first of the steps in such a tensor.
template <class T, class TensorOrConst>
auto* steps_in(TensorOrConst& memory) {
  if constexpr (is_pair<T>) {
    auto* numbers = memory.template data<bfloat16>();
    using Step =
        std::conditional_t<std::is_const_v<std::remove_pointer_t<decltype(numbers)>>, const T, T>;
    return reinterpret_cast<Step*>(numbers);
  } else {
    return memory.template data<T>();
  }
}

}  // namespace lectern
