#include "attention/ops/mask_program.h"
#include "tensor/parallel.h"
#include "tensor/tensor.h"

namespace lectern {

template <class T>
void fill_hidden_kernel(Cpu, const Tensor& x, const Mask& mask, double hidden, Tensor& y) {
  const std::int64_t head = x.dim(1), query = x.dim(2), key = x.dim(3);
  const T* in = x.data<T>();
  T* out = y.data<T>();
  with_masks(mask, query, key, [&](const auto& masks) {
    parallel_for(x.dim(0) * head, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t matrix = begin; matrix < end; ++matrix) {
        const MaskProgram auto program = masks.program(matrix / head, matrix % head);
        const T* from = in + matrix * query * key;
        T* to = out + matrix * query * key;
        for (std::int32_t i = 0; i < query; ++i)
          for (std::int32_t j = 0; j < key; ++j, ++from, ++to)
            *to = program.visible(i, j) ? *from : static_cast<T>(hidden);
      }
    });
  });
}

template void fill_hidden_kernel<float>(Cpu, const Tensor&, const Mask&, double, Tensor&);
template void fill_hidden_kernel<double>(Cpu, const Tensor&, const Mask&, double, Tensor&);

}  // namespace lectern
