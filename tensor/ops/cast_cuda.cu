#include "tensor/cuda/fill_each.h"
#include "tensor/launch.h"
#include "tensor/ops/convert.h"

namespace lectern {
namespace {

/// convert, as an argument of a kernel.
template <class To>
struct Convert {
  template <class From>
  __device__ To operator()(From number) const {
    return convert<To>(number);
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
