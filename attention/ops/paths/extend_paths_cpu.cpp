#include <algorithm>

#include "attention/ops/paths/extend_paths.h"

namespace lectern {

void extend_paths_kernel(Cpu, const ExtendPathsInputs& in, Paths& result) {
  const std::int64_t old_rows = in.paths.count(), old_room = in.paths.length();
  const std::int64_t room = result.length();
  const auto* old_path = in.paths.tokens.data<std::int32_t>();
  const auto* old_length = in.paths.lengths.data<std::int32_t>();
  const auto* from = in.order.data<std::int32_t>();
  const auto* token = in.tokens.data<std::int32_t>();
  const std::int64_t n = in.tokens.dim(1);
  auto* path = result.tokens.data<std::int32_t>();
  auto* new_length = result.lengths.data<std::int32_t>();
  for (std::int64_t r = 0; r < result.count(); ++r, path += room) {
    const std::int64_t row = from[r];
    check(0 <= row && row < old_rows, [&] {
      return text("row ", row, " is not one of the ", old_rows, " rows of the step before");
    });
    const std::int64_t length = old_length[row];
    check(length + n <= room, [&] {
      return text("a path of ", length + n, " tokens does not fit into a room of ", room,
                  "; ask for more room");
    });
    std::copy_n(old_path + row * old_room, length, path);
    std::copy_n(token + r * n, n, path + length);
    std::fill(path + length + n, path + room, 0);
    new_length[r] = static_cast<std::int32_t>(length + n);
  }
}

}  // namespace lectern
