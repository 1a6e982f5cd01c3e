#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "tensor/parallel.h"
#include "tensor/tensor.h"

namespace lectern {

// What the CPU kernels share: how loops are split among threads, and sums along a row.

/// Elements in one block of a parallel loop: 64 KiB of floats, so that a block stays in the
/// second-level cache and claiming it costs nothing in comparison. Fixed, because the blocks of a
/// reduction decide its rounding.
constexpr std::int64_t block_elements = 16384;

constexpr std::int64_t rows_per_block(std::int64_t width) {
  return std::max<std::int64_t>(1, block_elements / std::max<std::int64_t>(1, width));
}

/// A tensor seen as rows: everything but the last axis, and the last axis.
inline std::int64_t width_of(const Tensor& x) { return x.dim(-1); }
inline std::int64_t rows_of(const Tensor& x) { return x.shape().outer(-1); }

/// Calls `body(begin, end)` for blocks of elements.
template <class Body>
void for_element_blocks(std::int64_t count, const Body& body) {
  parallel_for(count, block_elements, body);
}

/// Calls `body(row)` for every row.
template <class Body>
void for_each_row(std::int64_t rows, std::int64_t width, const Body& body) {
  parallel_for(rows, rows_per_block(width), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) body(row);
  });
}

/// Calls action(i), i = begin … end−1, of which none reads what another one wrote.
template <class Action>
[[gnu::always_inline]] inline void for_independent(std::int64_t begin, std::int64_t end,
                                                   const Action action) {
#if defined(__clang__)
#pragma clang loop vectorize(assume_safety)
#else
#pragma GCC ivdep
#endif
  for (std::int64_t i = begin; i < end; ++i) action(i);
}

/// out[i] = formula(i), i = begin … end−1. No element may depend on another one's result, which is
/// what lets the compiler use vectors; `formula` is a copy, so that what it captured stays in
/// registers.
template <class T, class Formula>
void fill_range(std::int64_t begin, std::int64_t end, T* out, const Formula formula) {
  for_independent(begin, end, [=](std::int64_t i) { out[i] = formula(i); });
}

/// out[i] = formula(i) for every element, in parallel.
template <class T, class Formula>
void fill_each(std::int64_t count, T* out, const Formula& formula) {
  for_element_blocks(
      count, [=](std::int64_t begin, std::int64_t end) { fill_range(begin, end, out, formula); });
}

/// Joins term(0) … term(count−1) in 32 lanes, which are joined pairwise at the end.
///
/// Lanes let the compiler use its widest vectors without being allowed to reorder a sum: the order
/// is written here, so the bits are the same for every vector width and alignment; and the rounding
/// error of a sum grows with count/32.
template <class T, class Join, class Term>
inline T join_in_lanes(std::int64_t count, T start, const Join& join, const Term& term) {
  constexpr int lanes = 32;
  T partial[lanes];
  std::fill_n(partial, lanes, start);
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (int lane = 0; lane < lanes; ++lane) partial[lane] = join(partial[lane], term(i + lane));
  for (int lane = 0; i + lane < count; ++lane) partial[lane] = join(partial[lane], term(i + lane));
  for (int half = lanes / 2; half > 0; half /= 2)
    for (int lane = 0; lane < half; ++lane)
      partial[lane] = join(partial[lane], partial[lane + half]);
  return partial[0];
}

/// Σ term(i).
template <class T, class Term>
inline T sum_of(std::int64_t count, const Term& term) {
  return join_in_lanes(
      count, T{0}, [](T a, T b) { return a + b; }, term);
}

/// Σ of_block(begin, end) over the blocks of `count` elements: the blocks in parallel, their
/// results added in order.
template <class OfBlock>
double sum_of_blocks(std::int64_t count, const OfBlock& of_block) {
  std::vector<double> partial((count + block_elements - 1) / block_elements);
  for_element_blocks(count, [&](std::int64_t begin, std::int64_t end) {
    partial[begin / block_elements] = of_block(begin, end);
  });
  double sum = 0;
  for (const double block : partial) sum += block;
  return sum;
}

/// The largest x[i]; −∞ when there is none.
template <class T>
inline T max_of(std::int64_t count, const T* x) {
  return join_in_lanes(
      count, -std::numeric_limits<T>::infinity(), [](T a, T b) { return a < b ? b : a; },
      [=](std::int64_t i) { return x[i]; });
}

/// sums[j] = Σ_i x[i, j], `stride` numbers from row to row. Four rows at a time, so that `sums` is read
/// and written a quarter as often.
template <class T>
void sum_rows(std::int64_t rows, std::int64_t width, const T* x, std::int64_t stride, T* sums) {
  std::fill_n(sums, width, T{0});
  std::int64_t i = 0;
  for (; i + 4 <= rows; i += 4, x += 4 * stride)
    for (std::int64_t j = 0; j < width; ++j)
      sums[j] += (x[j] + x[j + stride]) + (x[j + 2 * stride] + x[j + 3 * stride]);
  for (; i < rows; ++i, x += stride)
    for (std::int64_t j = 0; j < width; ++j) sums[j] += x[j];
}

}  // namespace lectern
