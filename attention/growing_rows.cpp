#include "attention/growing_rows.h"

namespace lectern {

void GrowingRows::append(const Tensor& rows) {
  constexpr std::int64_t batches_at_first = 16;
  const std::int64_t width = rows.dim(-1), count = rows.shape().outer(-1);
  const bool full = !memory_.defined() || count_ + count > memory_.dim(0);
  if (full || !memory_.owns_storage_alone()) {  // a copy of this object may append other rows
    Tensor larger({std::max(2 * count_, batches_at_first * count), width}, rows.dtype(),
                  rows.device());
    if (count_ > 0) larger.slice(0, count_).copy_from(all());
    memory_ = larger;
  }
  memory_.slice(count_, count_ + count).copy_from(rows.reshape({count, width}));
  count_ += count;
}

}  // namespace lectern
