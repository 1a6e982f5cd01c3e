#include "attention/ops/fused/merge_results.h"

#include "tensor/launch.h"
#include "tensor/ops/cast.h"

namespace lectern {

template <class T>
void merge_results_kernel(Cpu, const AttendResult& a, const AttendResult& b, double log_weight,
                          AttendResult& merged);
template <class T>
void merge_results_kernel(Cuda, const AttendResult& a, const AttendResult& b, double log_weight,
                          AttendResult& merged);

AttendResult merge_results(const AttendResult& a, const AttendResult& b, double log_weight) {
  const Tensor& sums = a.log_sum_exp;
  check(sums.rank() == 3 && sums.shape() == b.log_sum_exp.shape() &&
            a.output.shape() == b.output.shape(),
        [&] {
          return text("merge_results got outputs ", a.output.shape(), " and ", b.output.shape(),
                      " with sums ", sums.shape(), " and ", b.log_sum_exp.shape(),
                      "; expected those of the same queries");
        });
  if (a.output.dtype() == DType::bf16) {
    const AttendResult wide =
        merge_results({cast(a.output, DType::f32), sums},
                      {cast(b.output, DType::f32), b.log_sum_exp}, log_weight);
    return {cast(wide.output, DType::bf16), wide.log_sum_exp};
  }
  AttendResult merged{empty_like(a.output), empty_like(sums)};
  launch(a.output, [&](auto device, auto number) {
    merge_results_kernel<decltype(number)>(device, a, b, log_weight, merged);
  });
  return merged;
}

}  // namespace lectern
