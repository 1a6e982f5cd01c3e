#include "tensor/cuda/fill_each.h"
#include "tensor/ops/elementary_cuda.h"
#include "tensor/ops/pointwise_kernels.h"

namespace lectern {
namespace {

/// A formula as fill_each calls it; nvcc allows no `__device__` lambda inside a generic one.
template <class F>
struct ValueOnGpu {
  F formula;
  template <class T>
  __device__ T operator()(T x) const {
    return formula.template value<CudaMath>(x);
  }
};

template <class F>
struct DerivativeOnGpu {
  F formula;
  template <class T>
  __device__ T operator()(T dy, T kept) const {
    return formula.template dx<CudaMath>(dy, kept);
  }
};

}  // namespace

template <class T>
void kernels::pointwise(Cuda device, const Formula& formula, const Tensor& x, Tensor& y) {
  std::visit([&]<class F>(const F& f) { fill_each<T>(device, y, ValueOnGpu<F>{f}, numbers<T>(x)); },
             formula);
}

template <class T>
void kernels::pointwise_backward(Cuda device, const Formula& formula, const Tensor& kept,
                                 const Tensor& dy, Tensor& dx) {
  std::visit(
      [&]<class F>(const F& f) {
        fill_each<T>(device, dx, DerivativeOnGpu<F>{f}, numbers<T>(dy), numbers<T>(kept));
      },
      formula);
}

template void kernels::pointwise<float>(Cuda, const Formula&, const Tensor&, Tensor&);
template void kernels::pointwise<double>(Cuda, const Formula&, const Tensor&, Tensor&);
template void kernels::pointwise_backward<float>(Cuda, const Formula&, const Tensor&, const Tensor&,
                                                 Tensor&);
template void kernels::pointwise_backward<double>(Cuda, const Formula&, const Tensor&,
                                                  const Tensor&, Tensor&);

}  // namespace lectern
