#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// Rows that come a few at a time and are read all together: the keys, or the values, of every
/// token that has been read.
class GrowingRows {
 public:
  /// \param rows  `[..., width]`
  /// Cost: a copy of `rows`; when the memory is full, also one of what is there, into twice as
  /// much.
  void append(const Tensor& rows);
  /// `[row, width]`, a view.
  Tensor all() const { return memory_.slice(0, count_); }

 private:
  Tensor memory_;  // [capacity, width]
  std::int64_t count_ = 0;
};

}  // namespace lectern
