#include "tensor/precision.h"

#include <atomic>

namespace lectern {
namespace {

std::atomic<Precision> chosen = Precision::f32;

}  // namespace

void set_matmul_precision(Precision precision) { chosen = precision; }
Precision matmul_precision() { return chosen; }

DType product_dtype(const Tensor& x) {
  const bool rounded = x.device().kind == Device::Kind::cuda && x.dtype() == DType::f32 &&
                       matmul_precision() == Precision::bf16;
  return rounded ? DType::bf16 : x.dtype();
}

}  // namespace lectern
