#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tensor/ops/top_k.h"
#include "tensor/parallel.h"
#include "tensor/tensor.h"
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

/// \param m  the largest of x
template <class T>
double log_sum_exp_of(const T* x, std::int64_t count, T m) {
  Vector<T> total(T{});
  for_each_register(x, count, -std::numeric_limits<T>::infinity(),
                    [&](Vector<T> numbers) { total += exp(numbers - Vector<T>(m)); });
  return static_cast<double>(m) + std::log(static_cast<double>(sum(total)));
}

/// The k best numbers that were offered, largest first; of equal ones the first comes first.
template <class T>
class Best {
 public:
  Best(std::int64_t k, T* values, std::int32_t* indices)
      : k_(k), values_(values), indices_(indices) {
    std::fill_n(values, k, -std::numeric_limits<T>::infinity());
    std::fill_n(indices, k, 0);
  }

  void offer(T value, std::int64_t index) {
    if (count_ == k_ && !(value > values_[k_ - 1])) return;
    std::int64_t place = std::min(count_, k_ - 1);
    for (; place > 0 && values_[place - 1] < value; --place) {
      values_[place] = values_[place - 1];
      indices_[place] = indices_[place - 1];
    }
    values_[place] = value;
    indices_[place] = static_cast<std::int32_t>(index);
    count_ = std::min(count_ + 1, k_);
  }

 private:
  std::int64_t k_, count_ = 0;
  T* values_;
  std::int32_t* indices_;
};

/// Finds the k best of rows. They are all in the k groups whose largest numbers are largest, and at
/// least as large as the smallest of these: few numbers are looked at one by one.
template <class T>
class TopKOfRows {
 public:
  TopKOfRows(std::int64_t choices, std::int64_t k)
      : choices_(choices), k_(k), largest_(std::min(k, groups())), chosen_(largest_.size()) {}

  void find(const T* x, T* values, std::int32_t* indices) {
    Best<T> groups_found(static_cast<std::int64_t>(largest_.size()), largest_.data(),
                         chosen_.data());
    for (std::int64_t i = 0; i < groups(); ++i)
      groups_found.offer(largest_of(x + i * group, std::min(group, choices_ - i * group)), i);
    std::sort(chosen_.begin(), chosen_.end());
    const bool enough = static_cast<std::int64_t>(largest_.size()) == k_;
    const T least = enough ? largest_.back() : -std::numeric_limits<T>::infinity();

    Best<T> found(k_, values, indices);
    for (const std::int64_t i : chosen_)
      for (std::int64_t c = i * group; c < std::min(choices_, (i + 1) * group); ++c)
        if (!(x[c] < least)) found.offer(x[c], c);
  }

 private:
  static constexpr std::int64_t group = 128;
  std::int64_t groups() const { return (choices_ + group - 1) / group; }

  std::int64_t choices_, k_;
  std::vector<T> largest_;  // of each chosen group
  std::vector<std::int32_t> chosen_;
};

}  // namespace

template <class T>
void top_k_kernel(Cpu, const Tensor& x, TopK& result) {
  const std::int64_t choices = x.dim(1), k = result.values.dim(1);
  const T* in = x.data<T>();
  T* values = result.values.data<T>();
  std::int32_t* indices = result.indices.data<std::int32_t>();
  parallel_for(x.dim(0), 8, [&](std::int64_t begin, std::int64_t end) {
    TopKOfRows<T> top_k(choices, k);
    for (std::int64_t r = begin; r < end; ++r)
      top_k.find(in + r * choices, values + r * k, indices + r * k);
  });
}

template <class T>
void log_sum_exp_kernel(Cpu, const Tensor& x, Tensor& result) {
  const std::int64_t choices = x.dim(1);
  const T* in = x.data<T>();
  double* out = result.data<double>();
  parallel_for(x.dim(0), 8, [&](std::int64_t begin, std::int64_t end) {
    for (const T* row = in + begin * choices; begin < end; ++begin, row += choices)
      out[begin] = log_sum_exp_of(row, choices, largest_of(row, choices));
  });
}

template <class T>
void rank_rows_kernel(Cpu, const Tensor& x, RankedRows& result) {
  const std::int64_t choices = x.dim(1), k = result.best.values.dim(1);
  const T* in = x.data<T>();
  T* values = result.best.values.data<T>();
  std::int32_t* indices = result.best.indices.data<std::int32_t>();
  double* sums = result.log_sum_exp.data<double>();
  parallel_for(x.dim(0), 8, [&](std::int64_t begin, std::int64_t end) {
    TopKOfRows<T> top_k(choices, k);
    for (std::int64_t r = begin; r < end; ++r) {
      const T* row = in + r * choices;
      top_k.find(row, values + r * k, indices + r * k);
      sums[r] = log_sum_exp_of(row, choices, values[r * k]);
    }
  });
}

template void top_k_kernel<float>(Cpu, const Tensor&, TopK&);
template void top_k_kernel<double>(Cpu, const Tensor&, TopK&);
template void log_sum_exp_kernel<float>(Cpu, const Tensor&, Tensor&);
template void log_sum_exp_kernel<double>(Cpu, const Tensor&, Tensor&);
template void rank_rows_kernel<float>(Cpu, const Tensor&, RankedRows&);
template void rank_rows_kernel<double>(Cpu, const Tensor&, RankedRows&);

}  // namespace lectern
