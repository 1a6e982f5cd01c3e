#include "tensor/launch.h"
#include "tensor/ops/convert.h"
#include "tensor/ops/rows_cpu.h"

namespace lectern {

template <class From>
void cast_kernel(Cpu, const Tensor& x, Tensor& result) {
  const From* in = x.data<From>();
  launch_any(result, [&](auto, auto zero) {
    using To = decltype(zero);
    fill_each(x.size(), result.data<To>(), [=](std::int64_t i) { return convert<To>(in[i]); });
  });
}

template void cast_kernel<float>(Cpu, const Tensor&, Tensor&);
template void cast_kernel<double>(Cpu, const Tensor&, Tensor&);
template void cast_kernel<std::int32_t>(Cpu, const Tensor&, Tensor&);
template void cast_kernel<bfloat16>(Cpu, const Tensor&, Tensor&);

}  // namespace lectern
