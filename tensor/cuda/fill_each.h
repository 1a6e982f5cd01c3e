#pragma once

#include "tensor/cuda/loops.h"

namespace lectern {

// Formulas of one element, with memory read and written four numbers at a time: such kernels are
// as fast as the memory, and wide accesses are what it needs to be fast.

/// Four numbers side by side, moved by instructions of up to 16 bytes.
template <class T>
struct alignas(sizeof(T) < 4 ? 4 * sizeof(T) : 16) Quad {
  T number[4];
};

template <class T>
bool holds_quads(const T* numbers) {
  return reinterpret_cast<std::uintptr_t>(numbers) % alignof(Quad<T>) == 0;
}

/// A tensor as an input of fill_each. Other inputs have the same members: a dropout mask is an
/// input that is calculated instead of read.
template <class T>
struct TensorInput {
  const T* first;

  bool has_quads() const { return holds_quads(first); }
  __device__ T one(std::int64_t i) const { return first[i]; }
  __device__ Quad<T> four(std::int64_t i) const {
    return *reinterpret_cast<const Quad<T>*>(first + i);
  }
};

template <class T>
TensorInput<T> numbers(const Tensor& x) {
  return {x.device_data<T>()};
}

template <class T, class Formula, class... Input>
__device__ Quad<T> formula_of_four(const Formula& formula, const Quad<Input>&... input) {
  Quad<T> result;
  for (int k = 0; k < 4; ++k) result.number[k] = formula(input.number[k]...);
  return result;
}

template <class T, class Formula, class... Input>
__global__ void fill_quads(std::int64_t count, bool in_quads, T* out, Formula formula,
                           Input... input) {
  const std::int64_t stride = std::int64_t{4} * gridDim.x * blockDim.x;
  for (std::int64_t i = 4 * (std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x); i < count;
       i += stride) {
    if (in_quads && i + 4 <= count)
      *reinterpret_cast<Quad<T>*>(out + i) = formula_of_four<T>(formula, input.four(i)...);
    else
      for (std::int64_t k = i; k < i + 4 && k < count; ++k) out[k] = formula(input.one(k)...);
  }
}

/// out[i] = formula(input[i]…) for every element:
/// `fill_each<T>(device, sum, [] __device__(T x, T y) { return x + y; }, numbers<T>(a), …)`.
/// The result may be one of the inputs.
template <class T, class Formula, class... Input>
void fill_each(Cuda device, Tensor& out, const Formula& formula, const Input&... input) {
  if (out.size() == 0) return;
  T* first = out.device_data<T>();
  const bool in_quads = (holds_quads(first) && ... && input.has_quads());
  launch_kernel<fill_quads<T, Formula, Input...>>(
      device, {.blocks = blocks_for(divide_up(out.size(), 4)), .threads = dim3(block_threads)},
      out.size(), in_quads, first, formula, input...);
}

}  // namespace lectern
