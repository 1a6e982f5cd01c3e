#include "tensor/ops/ids.h"

#include <atomic>

#include "tensor/cuda/device_layer.h"
#include "tensor/has_cuda.h"
#include "tensor/launch.h"

namespace lectern {

void find_bad_id_kernel(Cpu, const Tensor& ids, std::int64_t vocab,
                        std::optional<std::int32_t> ignore, std::optional<BadId>& found);
void find_bad_id_kernel(Cuda, const Tensor& ids, std::int64_t vocab,
                        std::optional<std::int32_t> ignore, std::optional<BadId>& found);

namespace {

/// The emulator is there to find mistakes, and so are debug builds.
bool is_here_to_find_mistakes() {
#if defined(NDEBUG)
  if constexpr (has_cuda) return cuda::is_emulated();
#endif
  return true;
}

std::atomic<bool>& checked() {
  static std::atomic<bool> switched_on = is_here_to_find_mistakes();
  return switched_on;
}

}  // namespace

void set_device_ids_checked(bool on) { checked() = on; }
bool device_ids_are_checked() { return checked(); }

bool ids_are_looked_at(const Tensor& ids) {
  if constexpr (has_cuda)
    if (ids.device().kind == Device::Kind::cuda)
      return checked() && !cuda::is_recording(Cuda{ids.device().index});
  return true;
}

std::optional<BadId> find_bad_id(const Tensor& ids, std::int64_t vocab,
                                 std::optional<std::int32_t> ignore) {
  std::optional<BadId> found;
  if (ids_are_looked_at(ids))
    with_device(ids, [&](auto device) { find_bad_id_kernel(device, ids, vocab, ignore, found); });
  return found;
}

void expect_ids(const char* op, const Tensor& ids, std::int64_t vocab,
                std::optional<std::int32_t> ignore, Where where) {
  check(
      ids.dtype() == DType::i32,
      [&] { return text(op, " needs ids of dtype i32, got ", ids.dtype()); }, where);
  const std::optional<BadId> bad = find_bad_id(ids, vocab, ignore);
  check(
      !bad,
      [&] {
        return text(op, ": id ", bad->id, " at position ", bad->position, " of ids ", ids.shape(),
                    " is not in 0 … ", vocab - 1,
                    "; was the text encoded with another vocabulary?");
      },
      where);
}

}  // namespace lectern
