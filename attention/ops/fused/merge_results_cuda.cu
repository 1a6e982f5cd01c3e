#include "attention/ops/fused/merge_results.h"
#include "tensor/cuda/loops.h"

namespace lectern {

template <class T>
void merge_results_kernel(Cuda device, const AttendResult& a, const AttendResult& b,
                          double log_weight, AttendResult& merged) {
  const std::int64_t head = merged.log_sum_exp.dim(1), query = merged.log_sum_exp.dim(2);
  const std::int64_t d_model = merged.output.dim(2), d_head = d_model / head;
  const T *sums_a = a.log_sum_exp.device_data<T>(), *sums_b = b.log_sum_exp.device_data<T>();
  const T *from_a = a.output.device_data<T>(), *from_b = b.output.device_data<T>();
  T *to = merged.output.device_data<T>(), *sums = merged.log_sum_exp.device_data<T>();
  const T weight = static_cast<T>(log_weight);
  for_each_element(device, merged.output.size(), [=] __device__(std::int64_t i) {
    const std::int64_t row = i / d_model, column = i % d_model, h = column / d_head;
    const std::int64_t of_query = (row / query * head + h) * query + row % query;
    const MergedSums<T> both(sums_a[of_query], sums_b[of_query], weight);
    to[i] = both.share_a * from_a[i] + both.share_b * from_b[i];
    if (column % d_head == 0) sums[of_query] = both.log_sum_exp;
  });
}

template void merge_results_kernel<float>(Cuda, const AttendResult&, const AttendResult&, double,
                                          AttendResult&);
template void merge_results_kernel<double>(Cuda, const AttendResult&, const AttendResult&, double,
                                           AttendResult&);

}  // namespace lectern
