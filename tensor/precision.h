#pragma once

#include <string_view>

#include "tensor/tensor.h"

namespace lectern {

/// Mixed precision: how matrices of f32 numbers are multiplied, those inside of attention too. Weights,
/// sums and everything between products stay f32 whichever it is, and f64 products are as ever. On a
/// CPU, attention by hashing and linear attention multiply f32 as f32.
enum class Precision {
  f32,   ///< as they are
  tf32,  ///< on a GPU matrix products round their inputs to 11 bits on the way into the tensor cores
  bf16,  ///< products round their factors to 8 bits: most speed
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

/// True where products on this device are faster in it: on a CPU, bf16 where this program was compiled
/// for one that multiplies it (AVX-512 BF16). Elsewhere bf16 products of a CPU have the same sums, some
/// of them other last bits, and take several times as long as f32.
bool is_supported(Precision precision, Device device);

/// For all products from now on; f32 at first.
void set_matmul_precision(Precision precision);
Precision matmul_precision();

/// The dtype that products of this tensor's numbers are calculated in: its own, but bf16 for f32 on
/// a GPU where that was chosen.
DType product_dtype(const Tensor& x);

}  // namespace lectern
