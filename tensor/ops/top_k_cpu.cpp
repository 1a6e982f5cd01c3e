#include <algorithm>
#include <cmath>
#include <limits>

#include "tensor/launch.h"
#include "tensor/ops/top_k.h"
#include "tensor/parallel.h"
#include "tensor/vector.h"

namespace lectern {
namespace {

/// Calls `body` with each register of x; beyond the last number, lanes are `filling`.
template <class T, class Body>
void for_each_register(const T* x, std::int64_t count, T filling, const Body& body) {
  using V = Vector<T>;
  std::int64_t i = 0;
  for (; i + V::lanes <= count; i += V::lanes) body(V::load(x + i));
  if (i == count) return;
  T rest[V::lanes];
  std::fill(std::copy(x + i, x + count, rest), rest + V::lanes, filling);
  body(V::load(rest));
}

template <class T>
T largest_of(const T* x, std::int64_t count) {
  Vector<T> top(-std::numeric_limits<T>::infinity());
  for_each_register(x, count, -std::numeric_limits<T>::infinity(),
                    [&](Vector<T> numbers) { top = max(top, numbers); });
  return largest(top);
}

template <class T>
double log_sum_exp_of(const T* x, std::int64_t count) {
  const T m = largest_of(x, count);
  Vector<T> total(T{});
  for_each_register(x, count, -std::numeric_limits<T>::infinity(),
                    [&](Vector<T> numbers) { total += exp(numbers - Vector<T>(m)); });
  return static_cast<double>(m) + std::log(static_cast<double>(sum(total)));
}

/// Puts x[index] at its place among the best so far, which are kept sorted; `place` is the last.
template <class T>
void insert(T value, std::int64_t index, std::int64_t place, T* values, std::int32_t* indices) {
  for (; place > 0 && values[place - 1] < value; --place) {
    values[place] = values[place - 1];
    indices[place] = indices[place - 1];
  }
  values[place] = value;
  indices[place] = static_cast<std::int32_t>(index);
}

template <class T>
void top_k_of_row(const T* x, std::int64_t choices, std::int64_t k, T* values,
                  std::int32_t* indices) {
  std::fill_n(values, k, -std::numeric_limits<T>::infinity());
  std::fill_n(indices, k, 0);
  // Few choices beat the k best so far: look at the largest of a group before looking at each.
  constexpr std::int64_t group = 128;
  for (std::int64_t begin = 0; begin < choices; begin += group) {
    const std::int64_t end = std::min(choices, begin + group);
    if (begin >= k && !(largest_of(x + begin, end - begin) > values[k - 1])) continue;
    for (std::int64_t i = begin; i < end; ++i)
      if (i < k || x[i] > values[k - 1]) insert(x[i], i, std::min(i, k - 1), values, indices);
  }
}

}  // namespace

template <class T>
void top_k_kernel(Cpu, const Tensor& x, TopK& result) {
  const std::int64_t choices = x.dim(1), k = result.values.dim(1);
  const T* in = x.data<T>();
  T* values = result.values.data<T>();
  std::int32_t* indices = result.indices.data<std::int32_t>();
  parallel_for(x.dim(0), 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r)
      top_k_of_row(in + r * choices, choices, k, values + r * k, indices + r * k);
  });
}

template <class T>
void log_sum_exp_kernel(Cpu, const Tensor& x, Tensor& result) {
  const std::int64_t choices = x.dim(1);
  const T* in = x.data<T>();
  double* out = result.data<double>();
  parallel_for(x.dim(0), 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) out[r] = log_sum_exp_of(in + r * choices, choices);
  });
}

template void top_k_kernel<float>(Cpu, const Tensor&, TopK&);
template void top_k_kernel<double>(Cpu, const Tensor&, TopK&);
template void log_sum_exp_kernel<float>(Cpu, const Tensor&, Tensor&);
template void log_sum_exp_kernel<double>(Cpu, const Tensor&, Tensor&);

}  // namespace lectern
