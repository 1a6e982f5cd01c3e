#pragma once

#include "tensor/has_cuda.h"
#include "tensor/tensor.h"

namespace lectern {

/// Calls `action` with the tag of the tensor's device. This is the only place in the library where
/// a device is chosen; a build without CUDA never asks for the second overload.
template <class Action>
void with_device(const Tensor& tensor, Action&& action) {
  if constexpr (has_cuda)
    if (tensor.device().kind == Device::Kind::cuda) return action(Cuda{tensor.device().index});
  action(Cpu{});
}

/// Calls `kernel(device, number)` for the tensor's device and floating-point dtype: `device` is a
/// tag such as `Cpu{}`, and `decltype(number)` is float or double.
template <class Kernel>
void launch(const Tensor& tensor, Kernel&& kernel, Where where = Where::current()) {
  with_device(tensor, [&](auto device) {
    switch (tensor.dtype()) {
      case DType::f32: return kernel(device, float{});
      case DType::f64: return kernel(device, double{});
      default:
        fail(text("expected f32 or f64 numbers, got ", tensor.dtype(),
                  "; convert them: cast(x, DType::f32)"),
             where);
    }
  });
}

/// The same for every dtype: the kernels that move numbers and do not calculate.
template <class Kernel>
void launch_any(const Tensor& tensor, Kernel&& kernel) {
  with_device(tensor, [&](auto device) {
    switch (tensor.dtype()) {
      case DType::f32: return kernel(device, float{});
      case DType::f64: return kernel(device, double{});
      case DType::i32: return kernel(device, std::int32_t{});
      case DType::bf16: return kernel(device, bfloat16{});
    }
  });
}

}  // namespace lectern
