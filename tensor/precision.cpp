#include "tensor/precision.h"

#include <atomic>

#include "tensor/vector_bf16.h"

namespace lectern {
namespace {

std::atomic<Precision> chosen = Precision::f32;

}  // namespace

bool is_supported(Precision precision, Device device) {
  switch (precision) {
    case Precision::f32: return true;
    case Precision::tf32: return device.kind == Device::Kind::cuda;
    case Precision::bf16: return device.kind == Device::Kind::cuda || multiplies_bfloat16_pairs;
  }
  return false;
}

void set_matmul_precision(Precision precision) { chosen = precision; }
Precision matmul_precision() { return chosen; }

DType product_dtype(const Tensor& x) {
  const bool rounded = x.device().kind == Device::Kind::cuda && x.dtype() == DType::f32 &&
                       matmul_precision() == Precision::bf16;
  return rounded ? DType::bf16 : x.dtype();
}

}  // namespace lectern
