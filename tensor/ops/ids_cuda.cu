#include "tensor/cuda/rows.h"
#include "tensor/ops/ids.h"

namespace lectern {

/// One block: every thread looks for the first bad id among its own, then they compare.
/// \param found  [2]: the position, `count` when there is none, and the id
__global__ void first_bad_id(std::int32_t count, const std::int32_t* id, std::int64_t vocab,
                             std::optional<std::int32_t> ignore, std::int32_t* found) {
  SHARED(std::int32_t, slots, [warp_size]);
  std::int32_t first = count;
  for (std::int32_t i = static_cast<std::int32_t>(threadIdx.x); i < first;
       i += static_cast<std::int32_t>(blockDim.x))
    if ((id[i] < 0 || id[i] >= vocab) && id[i] != ignore) first = i;
  first = block_join(first, count, slots, Smaller{});
  if (threadIdx.x == 0) {
    found[0] = first;
    found[1] = first < count ? id[first] : 0;
  }
}

void find_bad_id_kernel(Cuda device, const Tensor& ids, std::int64_t vocab,
                        std::optional<std::int32_t> ignore, std::optional<BadId>& found) {
  const auto count = static_cast<std::int32_t>(ids.size());
  Tensor answer({2}, DType::i32, ids.device());
  launch_kernel<first_bad_id>(device, {.blocks = dim3(1), .threads = dim3(block_threads)}, count,
                              ids.device_data<std::int32_t>(), vocab, ignore,
                              answer.device_data<std::int32_t>());
  const std::vector<std::int32_t> position_and_id = answer.to_vector<std::int32_t>();
  if (position_and_id[0] < count) found = BadId{position_and_id[0], position_and_id[1]};
}

}  // namespace lectern
