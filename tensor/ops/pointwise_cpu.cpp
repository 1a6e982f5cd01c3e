#include "tensor/ops/elementary_cpu.h"
#include "tensor/ops/pointwise_kernels.h"
#include "tensor/ops/rows_cpu.h"

namespace lectern {

template <class T>
void kernels::pointwise(Cpu, const Formula& formula, const Tensor& x, Tensor& y) {
  const T* in = x.data<T>();
  T* out = y.data<T>();
  std::visit(
      [&](const auto& f) {
        fill_each(x.size(), out, [=](std::int64_t i) { return f.template value<CpuMath>(in[i]); });
      },
      formula);
}

template <class T>
void kernels::pointwise_backward(Cpu, const Formula& formula, const Tensor& kept, const Tensor& dy,
                                 Tensor& dx) {
  const T* in = kept.data<T>();
  const T* d_out = dy.data<T>();
  T* d_in = dx.data<T>();
  std::visit(
      [&](const auto& f) {
        fill_each(dy.size(), d_in,
                  [=](std::int64_t i) { return f.template dx<CpuMath>(d_out[i], in[i]); });
      },
      formula);
}

template void kernels::pointwise<float>(Cpu, const Formula&, const Tensor&, Tensor&);
template void kernels::pointwise<double>(Cpu, const Formula&, const Tensor&, Tensor&);
template void kernels::pointwise_backward<float>(Cpu, const Formula&, const Tensor&, const Tensor&,
                                                 Tensor&);
template void kernels::pointwise_backward<double>(Cpu, const Formula&, const Tensor&, const Tensor&,
                                                  Tensor&);

}  // namespace lectern
