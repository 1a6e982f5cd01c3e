#pragma once

#include <string_view>

#include "tensor/tensor.h"

namespace lectern {

/// How a GPU multiplies matrices of f32 numbers, and calculates attention on them. Weights, sums and
/// everything between products stay f32 whichever it is; f64 products, and the CPU, are as ever.
enum class Precision {
  f32,   ///< as they are
  tf32,  ///< matrix products round their inputs to 11 bits on the way into the tensor cores
  bf16,  ///< products and attention take inputs rounded to 8 bits: half the traffic, most speed
};

/// As PyTorch's users write it.
constexpr std::string_view name_of(Precision precision) {
  switch (precision) {
    case Precision::f32: return "fp32";
    case Precision::tf32: return "tf32";
    case Precision::bf16: return "bf16";
  }
  return {};
}

/// For all products from now on; f32 at first. Wherever a tensor is on the CPU nothing changes.
void set_matmul_precision(Precision precision);
Precision matmul_precision();

/// The dtype that products of this tensor's numbers are calculated in: its own, but bf16 for f32 on
/// a GPU where that was chosen.
DType product_dtype(const Tensor& x);

}  // namespace lectern
