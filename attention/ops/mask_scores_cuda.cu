#include "attention/ops/mask_program.h"
#include "tensor/cuda/loops.h"

namespace lectern {

template <class T, MaskPrograms Masks>
void fill_hidden_by(Cuda device, const Tensor& x, const Masks& masks, double hidden, Tensor& y) {
  const std::int64_t head = x.dim(1), query = x.dim(2), key = x.dim(3);
  const T* in = x.device_data<T>();
  T* out = y.device_data<T>();
  for_each_element(device, x.size(), [=] __device__(std::int64_t i) {
    const std::int64_t matrix = i / (key * query);
    const MaskProgram auto program = masks.program(matrix / head, matrix % head);
    const auto column = static_cast<std::int32_t>(i % key);
    const auto row = static_cast<std::int32_t>(i / key % query);
    out[i] = program.visible(row, column) ? in[i] : static_cast<T>(hidden);
  });
}

template <class T>
void fill_hidden_kernel(Cuda device, const Tensor& x, const Mask& mask, double hidden, Tensor& y) {
  with_masks(mask, x.dim(2), x.dim(3),
             [&](const auto& masks) { fill_hidden_by<T>(device, x, masks, hidden, y); });
}

template void fill_hidden_kernel<float>(Cuda, const Tensor&, const Mask&, double, Tensor&);
template void fill_hidden_kernel<double>(Cuda, const Tensor&, const Mask&, double, Tensor&);

}  // namespace lectern
