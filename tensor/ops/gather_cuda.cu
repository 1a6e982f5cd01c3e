#include <bit>

#include "tensor/cuda/copy_rows.h"
#include "tensor/cuda/device_layer.h"

namespace lectern {
namespace {

/// The positions of every id, in order: those of id v are positions[begin[v]] … [begin[v+1] − 1].
struct PositionsById {
  Tensor ids;        // i32 [position], ascending
  Tensor positions;  // i32 [position]
  Tensor begin;      // i32 [vocab + 1]
};

/// The first place of an ascending list that does not hold less than `id`.
__device__ std::int64_t first_not_below(const std::int32_t* ids, std::int64_t count,
                                        std::int64_t id) {
  std::int64_t low = 0, high = count;
  while (low < high) {
    const std::int64_t middle = (low + high) / 2;
    if (ids[middle] < id)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

PositionsById sort_by_id(Cuda device, const Tensor& ids, std::int64_t vocab) {
  const std::int64_t count = ids.size();
  const auto integers = [&](std::int64_t n) { return Tensor({n}, DType::i32, ids.device()); };
  PositionsById result{integers(count), integers(count), integers(vocab + 1)};

  Tensor unsorted = integers(count);
  std::int32_t* position = unsorted.device_data<std::int32_t>();
  for_each_element(device, count,
                   [=] __device__(std::int64_t i) { position[i] = static_cast<std::int32_t>(i); });
  std::int32_t* id = result.ids.device_data<std::int32_t>();
  const auto largest = static_cast<std::uint64_t>(vocab - 1);
  cuda::sort_pairs(device, count,
                   reinterpret_cast<const std::uint32_t*>(ids.device_data<std::int32_t>()),
                   position, reinterpret_cast<std::uint32_t*>(id),
                   result.positions.device_data<std::int32_t>(), std::bit_width(largest | 1));
  std::int32_t* begin = result.begin.device_data<std::int32_t>();
  for_each_element(device, vocab + 1, [=] __device__(std::int64_t v) {
    begin[v] = static_cast<std::int32_t>(first_not_below(id, count, v));
  });
  return result;
}

/// The gradient's rows in the order of their ids, as a kernel sees them.
template <class T>
struct SortedRows {
  const T* gradient;
  const std::int32_t *ids, *positions;
  std::int64_t count, width;

  __device__ T number(std::int64_t k, std::int64_t column) const {
    return gradient[positions[k] * width + column];
  }
};

/// An id may be as frequent as a full stop, or padding. So that no thread adds thousands of rows,
/// the sorted positions are cut into chunks at fixed points.
constexpr std::int64_t chunk = 64;

/// Sums over the positions of a chunk that have the chunk's first id, and its last.
struct ChunkSums {
  Tensor of_first, of_last;  // [chunk, d_model]
};

template <class T>
ChunkSums sum_chunks(Cuda device, const SortedRows<T>& rows, const Tensor& gradient) {
  const std::int64_t chunks = divide_up(rows.count, chunk);
  const auto sums = [&] {
    return Tensor({chunks, rows.width}, gradient.dtype(), gradient.device());
  };
  ChunkSums result{sums(), sums()};
  T* of_first = result.of_first.device_data<T>();
  T* of_last = result.of_last.device_data<T>();
  for_each_element(device, chunks * rows.width, [=] __device__(std::int64_t i) {
    const std::int64_t column = i % rows.width, begin = i / rows.width * chunk;
    const std::int64_t end = std::min(begin + chunk, rows.count);
    T first{0}, last{0};
    for (std::int64_t k = begin; k < end; ++k) {
      const T number = rows.number(k, column);
      if (rows.ids[k] == rows.ids[begin]) first += number;
      if (rows.ids[k] == rows.ids[end - 1]) last += number;
    }
    of_first[i] = first;
    of_last[i] = last;
  });
  return result;
}

/// Adds up what belongs to each id: row by row where it fits into a chunk, else chunk by chunk. A
/// longer run of one id is the last of the chunk that it begins in, and the first of all further.
template <class T>
void sum_ids(Cuda device, const SortedRows<T>& rows, const Tensor& begins, const ChunkSums& sums,
             Tensor& result) {
  const std::int32_t* first_place = begins.device_data<std::int32_t>();
  const T* of_first = sums.of_first.device_data<T>();
  const T* of_last = sums.of_last.device_data<T>();
  T* out = result.device_data<T>();
  for_each_element(device, result.size(), [=] __device__(std::int64_t i) {
    const std::int64_t id = i / rows.width, column = i % rows.width;
    const std::int64_t begin = first_place[id], end = first_place[id + 1];
    T sum{0};
    if (end - begin <= chunk) {
      for (std::int64_t k = begin; k < end; ++k) sum += rows.number(k, column);
    } else {
      sum = of_last[begin / chunk * rows.width + column];
      for (std::int64_t c = begin / chunk + 1; c <= (end - 1) / chunk; ++c)
        sum += of_first[c * rows.width + column];
    }
    out[i] = sum;
  });
}

}  // namespace

template <class T>
void gather_rows_kernel(Cuda device, const Tensor& table, const Tensor& ids, Tensor& result) {
  const std::int64_t width = table.shape().inner(0);
  copy_rows<T>(device, ids.size(), width, {table.device_data<T>(), width},
               {result.device_data<T>(), width}, ids.device_data<std::int32_t>());
}

template <class T>
void put_rows_kernel(Cuda device, const Tensor& ids, const Tensor& rows, Tensor& table) {
  const std::int64_t width = table.shape().inner(0);
  const T* from = rows.device_data<T>();
  const std::int32_t* id = ids.device_data<std::int32_t>();
  T* to = table.device_data<T>();
  for_each_element(device, ids.size() * width, [=] __device__(std::int64_t i) {
    to[id[i / width] * width + i % width] = from[i];
  });
}

template <class T>
void scatter_add_rows_kernel(Cuda device, const Tensor& gradient, const Tensor& ids,
                             Tensor& result) {
  const PositionsById by_id = sort_by_id(device, ids, result.dim(0));
  const SortedRows<T> rows{gradient.device_data<T>(), by_id.ids.device_data<std::int32_t>(),
                           by_id.positions.device_data<std::int32_t>(), ids.size(),
                           result.shape().inner(0)};
  const ChunkSums sums = sum_chunks(device, rows, gradient);
  sum_ids(device, rows, by_id.begin, sums, result);
}

template void gather_rows_kernel<float>(Cuda, const Tensor&, const Tensor&, Tensor&);
template void gather_rows_kernel<double>(Cuda, const Tensor&, const Tensor&, Tensor&);
template void gather_rows_kernel<std::int32_t>(Cuda, const Tensor&, const Tensor&, Tensor&);
template void gather_rows_kernel<bfloat16>(Cuda, const Tensor&, const Tensor&, Tensor&);
template void put_rows_kernel<float>(Cuda, const Tensor&, const Tensor&, Tensor&);
template void put_rows_kernel<double>(Cuda, const Tensor&, const Tensor&, Tensor&);
template void scatter_add_rows_kernel<float>(Cuda, const Tensor&, const Tensor&, Tensor&);
template void scatter_add_rows_kernel<double>(Cuda, const Tensor&, const Tensor&, Tensor&);

}  // namespace lectern
