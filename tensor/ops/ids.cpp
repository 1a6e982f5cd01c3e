#include "tensor/ops/ids.h"

#include "tensor/launch.h"

namespace lectern {

std::int64_t find_outside_kernel(Cpu, const Tensor& ids, std::int64_t vocab,
                                 std::optional<std::int32_t> ignore);
std::int32_t id_at_kernel(Cpu, const Tensor& ids, std::int64_t position);

void expect_ids(const char* op, const Tensor& ids, std::int64_t vocab,
                std::optional<std::int32_t> ignore) {
  check(ids.dtype() == DType::i32,
        [&] { return text(op, " needs ids of dtype i32, got ", ids.dtype()); });
  launch_any(ids, [&](auto device, auto) {
    const std::int64_t position = find_outside_kernel(device, ids, vocab, ignore);
    check(position < 0, [&] {
      return text(op, ": id ", id_at_kernel(device, ids, position), " at position ", position,
                  " of ids ", ids.shape(), " is not in 0 … ", vocab - 1,
                  "; was the text encoded with another vocabulary?");
    });
  });
}

}  // namespace lectern
