#include <optional>

#include "tensor/launch.h"

namespace lectern {

/// The first position whose id is neither in 0 … vocab−1 nor `ignore`; −1 when there is none.
std::int64_t find_outside_kernel(Cpu, const Tensor& ids, std::int64_t vocab,
                                 std::optional<std::int32_t> ignore) {
  const std::int32_t* id = ids.data<std::int32_t>();
  for (std::int64_t i = 0; i < ids.size(); ++i)
    if ((id[i] < 0 || id[i] >= vocab) && id[i] != ignore) return i;
  return -1;
}

std::int32_t id_at_kernel(Cpu, const Tensor& ids, std::int64_t position) {
  return ids.data<std::int32_t>()[position];
}

}  // namespace lectern
