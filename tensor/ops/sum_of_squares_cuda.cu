#include "tensor/cuda/chunks.h"
#include "tensor/cuda/sums.h"

namespace lectern {
namespace {

template <class T>
struct SquaresItem {
  const T* first;
  std::int64_t size;
};

/// The first of two stages: every block's share.
template <class T>
__global__ void sum_squares_of_chunks(Chunks<SquaresItem<T>> chunks, double* shares) {
  SHARED(double, slots, [warp_size]);
  const auto [item, begin, end] = chunk_of_block(chunks);
  double mine = 0;
  for (std::int64_t i = begin + threadIdx.x; i < end; i += blockDim.x)
    mine += static_cast<double>(item.first[i]) * static_cast<double>(item.first[i]);
  const double sum = block_join(mine, 0.0, slots, Add{});
  if (threadIdx.x == 0) shares[chunks.blocks_before + static_cast<int>(blockIdx.x)] = sum;
}

}  // namespace

template <class T>
void sum_of_squares_kernel(Cuda device, const std::vector<Tensor>& tensors, Tensor& sum) {
  std::vector<SquaresItem<T>> items;
  for (const Tensor& x : tensors) items.push_back({x.device_data<T>(), x.size()});
  const std::int64_t count = chunk_count(items);
  Tensor shares({count}, DType::f64, sum.device());
  const double* share = shares.device_data<double>();
  double* total = sum.device_data<double>();
  launch_chunks<sum_squares_of_chunks<T>>(device, items, shares.device_data<double>());
  sum_all(
      device, count, [=] __device__(std::int64_t i) { return share[i]; },
      [=] __device__(std::int64_t, double squares) { *total = squares; });
}

template void sum_of_squares_kernel<float>(Cuda, const std::vector<Tensor>&, Tensor&);
template void sum_of_squares_kernel<double>(Cuda, const std::vector<Tensor>&, Tensor&);

}  // namespace lectern
