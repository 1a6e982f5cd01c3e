#include "tensor/cuda/copy_rows.h"

namespace lectern {

template <class T>
void extend_cache_kernel(Cuda device, const Tensor& cache, const Tensor& order, const Tensor& token,
                         Tensor& result) {
  const std::int64_t rows = result.dim(0), width = cache.dim(2), old_size = cache.dim(1) * width;
  const StridedRows<T> out{result.device_data<T>(), old_size + width};
  copy_rows<T>(device, rows, old_size, {cache.device_data<T>(), old_size}, out,
               order.device_data<std::int32_t>());
  copy_rows<T>(device, rows, width, {token.device_data<T>(), width},
               {out.first + old_size, out.step});
}

template void extend_cache_kernel<float>(Cuda, const Tensor&, const Tensor&, const Tensor&,
                                         Tensor&);
template void extend_cache_kernel<double>(Cuda, const Tensor&, const Tensor&, const Tensor&,
                                          Tensor&);

}  // namespace lectern
