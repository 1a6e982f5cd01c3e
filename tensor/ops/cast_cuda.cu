#include <type_traits>

#include "tensor/cuda/fill_each.h"

namespace lectern {
namespace {

/// bf16 is reached from, and left to, float.
template <class To>
struct Convert {
  template <class From>
  __device__ To operator()(From number) const {
    if constexpr (std::is_same_v<From, bfloat16> || std::is_same_v<To, bfloat16>)
      return static_cast<To>(static_cast<float>(number));
    else
      return static_cast<To>(number);
  }
};

}  // namespace

template <class From>
void cast_kernel(Cuda device, const Tensor& x, Tensor& result) {
  launch_any(result, [&](auto, auto zero) {
    using To = decltype(zero);
    fill_each<To>(device, result, Convert<To>{}, numbers<From>(x));
  });
}

template void cast_kernel<float>(Cuda, const Tensor&, Tensor&);
template void cast_kernel<double>(Cuda, const Tensor&, Tensor&);
template void cast_kernel<std::int32_t>(Cuda, const Tensor&, Tensor&);
template void cast_kernel<bfloat16>(Cuda, const Tensor&, Tensor&);

}  // namespace lectern
