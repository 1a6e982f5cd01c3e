#include <numeric>
#include <vector>

#include "tensor/ops/rows_cpu.h"
#include "tensor/tensor.h"

namespace lectern {
namespace {

/// The positions of every id, in order: those of id v are positions[begin[v]] … [begin[v+1] − 1].
struct PositionsById {
  std::vector<std::int64_t> begin, positions;

  PositionsById(const std::int32_t* ids, std::int64_t count, std::int64_t vocab)
      : begin(vocab + 1), positions(count) {
    for (std::int64_t i = 0; i < count; ++i) ++begin[ids[i] + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    std::vector<std::int64_t> next(begin.begin(), begin.end() - 1);
    for (std::int64_t i = 0; i < count; ++i) positions[next[ids[i]]++] = i;
  }
};

}  // namespace

template <class T>
void gather_rows_kernel(Cpu, const Tensor& table, const Tensor& ids, Tensor& result) {
  const std::int64_t width = table.shape().inner(0);
  const T* rows = table.data<T>();
  const std::int32_t* id = ids.data<std::int32_t>();
  T* out = result.data<T>();
  for_each_row(ids.size(), width,
               [=](std::int64_t i) { std::copy_n(rows + id[i] * width, width, out + i * width); });
}

template <class T>
void put_rows_kernel(Cpu, const Tensor& ids, const Tensor& rows, Tensor& table) {
  const std::int64_t width = table.shape().inner(0);
  const T* from = rows.data<T>();
  const std::int32_t* id = ids.data<std::int32_t>();
  T* to = table.data<T>();
  for (std::int64_t i = 0; i < ids.size(); ++i)
    std::copy_n(from + i * width, width, to + id[i] * width);
}

template <class T>
void scatter_add_rows_kernel(Cpu, const Tensor& gradient, const Tensor& ids, Tensor& result) {
  const std::int64_t vocab = result.dim(0), width = result.shape().inner(0);
  const PositionsById by_id(ids.data<std::int32_t>(), ids.size(), vocab);
  const T* rows = gradient.data<T>();
  T* out = result.data<T>();
  for_each_row(vocab, width, [&](std::int64_t v) {
    T* sum = out + v * width;
    std::fill_n(sum, width, T{0});
    for (std::int64_t k = by_id.begin[v]; k < by_id.begin[v + 1]; ++k) {
      const T* row = rows + by_id.positions[k] * width;
      for (std::int64_t j = 0; j < width; ++j) sum[j] += row[j];
    }
  });
}

template void gather_rows_kernel<float>(Cpu, const Tensor&, const Tensor&, Tensor&);
template void gather_rows_kernel<double>(Cpu, const Tensor&, const Tensor&, Tensor&);
template void gather_rows_kernel<std::int32_t>(Cpu, const Tensor&, const Tensor&, Tensor&);
template void gather_rows_kernel<bfloat16>(Cpu, const Tensor&, const Tensor&, Tensor&);
template void put_rows_kernel<float>(Cpu, const Tensor&, const Tensor&, Tensor&);
template void put_rows_kernel<double>(Cpu, const Tensor&, const Tensor&, Tensor&);
template void scatter_add_rows_kernel<float>(Cpu, const Tensor&, const Tensor&, Tensor&);
template void scatter_add_rows_kernel<double>(Cpu, const Tensor&, const Tensor&, Tensor&);

}  // namespace lectern
