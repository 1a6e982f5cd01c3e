#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// The CPU, as a tag that picks the overload of a kernel.
struct Cpu {};

/// Calls `kernel(device, number)` for the tensor's device and floating-point dtype: `device` is a
/// tag such as `Cpu{}`, and `decltype(number)` is float or double. This is the only place in the
/// library where a device or a dtype is chosen.
template <class Kernel>
void launch(const Tensor& tensor, Kernel&& kernel) {
  switch (tensor.dtype()) {
    case DType::f32: return kernel(Cpu{}, float{});
    case DType::f64: return kernel(Cpu{}, double{});
    default: fail(text("expected f32 or f64 numbers, got ", tensor.dtype()));
  }
}

/// The same for every dtype: the kernels that move numbers and do not calculate.
template <class Kernel>
void launch_any(const Tensor& tensor, Kernel&& kernel) {
  switch (tensor.dtype()) {
    case DType::f32: return kernel(Cpu{}, float{});
    case DType::f64: return kernel(Cpu{}, double{});
    case DType::i32: return kernel(Cpu{}, std::int32_t{});
    case DType::bf16: return kernel(Cpu{}, bfloat16{});
  }
}

}  // namespace lectern
