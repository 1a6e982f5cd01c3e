#include <algorithm>

#include "attention/ops/extend_cache.h"
#include "tensor/parallel.h"

namespace lectern {

template <class T>
void extend_cache_kernel(Cpu, const T* cache, const std::int32_t* order, const T* token, T* out,
                         const ExtendCacheSizes& sizes) {
  const std::int64_t old_size = sizes.length * sizes.width, new_size = old_size + sizes.width;
  const std::int64_t grain = std::max<std::int64_t>(1, 65536 / new_size);
  parallel_for(sizes.rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      check(0 <= order[r] && order[r] < sizes.cached_rows, [&] {
        return text("row ", order[r], " is not one of the ", sizes.cached_rows, " cached rows");
      });
      std::copy_n(cache + order[r] * old_size, old_size, out + r * new_size);
      std::copy_n(token + r * sizes.width, sizes.width, out + r * new_size + old_size);
    }
  });
}

template void extend_cache_kernel(Cpu, const float*, const std::int32_t*, const float*, float*,
                                  const ExtendCacheSizes&);
template void extend_cache_kernel(Cpu, const double*, const std::int32_t*, const double*, double*,
                                  const ExtendCacheSizes&);

}  // namespace lectern
