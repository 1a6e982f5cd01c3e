#pragma once

#include "tensor/cuda/fill_each.h"

namespace lectern {

/// A matrix in memory: where it begins, and how many numbers further the next row does.
template <class T>
struct StridedRows {
  T* first;
  std::int64_t step;
};

template <class T>
void copy_rows_one_by_one(Cuda device, std::int64_t count, std::int64_t width,
                          StridedRows<const T> from, StridedRows<T> to,
                          const std::int32_t* picked) {
  for_each_element(device, count * width, [=] __device__(std::int64_t i) {
    const std::int64_t row = i / width, column = i % width;
    const std::int64_t source = picked == nullptr ? row : picked[row];
    to.first[row * to.step + column] = from.first[source * from.step + column];
  });
}

/// Copies `width` numbers of row `picked[r]`, or of row r itself, to row r, r = 0 … count−1; by
/// fours where the addresses allow it.
template <class T>
void copy_rows(Cuda device, std::int64_t count, std::int64_t width, StridedRows<const T> from,
               StridedRows<T> to, const std::int32_t* picked = nullptr) {
  const auto by_fours = [](auto rows) { return holds_quads(rows.first) && rows.step % 4 == 0; };
  if (width % 4 == 0 && by_fours(from) && by_fours(to))
    copy_rows_one_by_one<Quad<T>>(device, count, width / 4,
                                  {reinterpret_cast<const Quad<T>*>(from.first), from.step / 4},
                                  {reinterpret_cast<Quad<T>*>(to.first), to.step / 4}, picked);
  else
    copy_rows_one_by_one<T>(device, count, width, from, to, picked);
}

}  // namespace lectern
