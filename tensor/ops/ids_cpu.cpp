#include "tensor/ops/ids.h"
#include "tensor/tensor.h"

namespace lectern {

void find_bad_id_kernel(Cpu, const Tensor& ids, std::int64_t vocab,
                        std::optional<std::int32_t> ignore, std::optional<BadId>& found) {
  const std::int32_t* id = ids.data<std::int32_t>();
  for (std::int64_t i = 0; i < ids.size() && !found; ++i)
    if ((id[i] < 0 || id[i] >= vocab) && id[i] != ignore) found = BadId{i, id[i]};
}

}  // namespace lectern
