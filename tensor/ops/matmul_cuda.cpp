#include "tensor/cuda/device_layer.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/matmul.h"
#include "tensor/ops/permute.h"
#include "tensor/precision.h"

namespace lectern {

namespace {

const void* address(const Tensor& x, std::int64_t first) {
  switch (x.dtype()) {
    case DType::f32: return x.device_data<float>() + first;
    case DType::f64: return x.device_data<double>() + first;
    default: return x.device_data<bfloat16>() + first;
  }
}

}  // namespace

/// One strided batch for every row of the broadcast layout, which is one in all unless both
/// operands have leading axes that repeat. Products in bf16 round their inputs first; what they add
/// up and add to is f32.
template <class T>
void matmul_kernel(Cuda device, const MatrixProducts& products, const Tensor& a, const Tensor& b,
                   const Tensor& start, Tensor& result) {
  if (result.size() == 0) return;
  const MatrixProducts& p = products;
  const DType dtype = product_dtype(a);
  const Tensor left = cast(a, dtype), right = cast(b, dtype);
  const int last = p.layout.rank - 1;
  const std::int64_t size_a = p.rows * p.depth, size_b = p.depth * p.columns;
  const std::int64_t size_c = p.rows * p.columns;
  const bool bias = start.defined() && start.rank() == 1;
  for (std::int64_t row = 0; row < p.layout.rows(); ++row)
    cuda::gemm(device, {.dtype = dtype,
                        .f32_result = dtype != result.dtype(),
                        .tf32 = matmul_precision() == Precision::tf32,
                        .rows = p.rows,
                        .columns = p.columns,
                        .depth = p.depth,
                        .transpose_a = p.transpose_a,
                        .transpose_b = p.transpose_b,
                        .a = address(left, p.layout.offset(row, p.layout.a_step) * size_a),
                        .b = address(right, p.layout.offset(row, p.layout.b_step) * size_b),
                        .c = result.device_data<T>() + row * p.layout.width() * size_c,
                        .bias = bias ? start.device_data<T>() : nullptr,
                        .accumulate = start.defined() && !bias,
                        .batch = p.layout.width(),
                        .a_stride = p.layout.a_step[last] * size_a,
                        .b_stride = p.layout.b_step[last] * size_b,
                        .c_stride = size_c});
}

/// A GPU's products read any matrix as it is: packing one is a copy, the right way up.
template <class T>
Tensor pack_kernel(Cuda, const Tensor& b, bool transposed, std::int64_t, std::int64_t,
                   MatmulEngine) {
  return (transposed ? transpose(b) : b.clone()).reshape({-1});
}

template Tensor pack_kernel<float>(Cuda, const Tensor&, bool, std::int64_t, std::int64_t,
                                   MatmulEngine);
template Tensor pack_kernel<double>(Cuda, const Tensor&, bool, std::int64_t, std::int64_t,
                                    MatmulEngine);
template void matmul_kernel<float>(Cuda, const MatrixProducts&, const Tensor&, const Tensor&,
                                   const Tensor&, Tensor&);
template void matmul_kernel<double>(Cuda, const MatrixProducts&, const Tensor&, const Tensor&,
                                    const Tensor&, Tensor&);

}  // namespace lectern
