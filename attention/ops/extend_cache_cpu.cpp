#include <algorithm>

#include "tensor/launch.h"
#include "tensor/parallel.h"

namespace lectern {

template <class T>
void extend_cache_kernel(Cpu, const Tensor& cache, const Tensor& order, const Tensor& token,
                         Tensor& result) {
  const std::int64_t width = cache.dim(2), old_size = cache.dim(1) * width;
  const std::int64_t new_size = old_size + width;
  const T* old_rows = cache.data<T>();
  const T* newest = token.data<T>();
  const std::int32_t* row = order.data<std::int32_t>();
  T* out = result.data<T>();
  const std::int64_t grain = std::max<std::int64_t>(1, 65536 / new_size);
  parallel_for(result.dim(0), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      std::copy_n(old_rows + row[r] * old_size, old_size, out + r * new_size);
      std::copy_n(newest + r * width, width, out + r * new_size + old_size);
    }
  });
}

template void extend_cache_kernel<float>(Cpu, const Tensor&, const Tensor&, const Tensor&, Tensor&);
template void extend_cache_kernel<double>(Cpu, const Tensor&, const Tensor&, const Tensor&,
                                          Tensor&);

}  // namespace lectern
