#include "attention/ops/fused/merge_results.h"
#include "tensor/parallel.h"
#include "tensor/tensor.h"

namespace lectern {

template <class T>
void merge_results_kernel(Cpu, const AttendResult& a, const AttendResult& b, double log_weight,
                          AttendResult& merged) {
  const Tensor& sums = merged.log_sum_exp;  // [batch, head, query]
  const std::int64_t head = sums.dim(1), query = sums.dim(2), d_model = merged.output.dim(2);
  const std::int64_t d_head = d_model / head;
  const auto merge_queries = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      for (std::int64_t h = 0; h < head; ++h) {
        const std::int64_t i = (row / query * head + h) * query + row % query;
        const MergedSums<T> both(a.log_sum_exp.data<T>()[i], b.log_sum_exp.data<T>()[i],
                                 static_cast<T>(log_weight));
        merged.log_sum_exp.data<T>()[i] = both.log_sum_exp;
        const std::int64_t first = row * d_model + h * d_head;
        const T *from_a = a.output.data<T>() + first, *from_b = b.output.data<T>() + first;
        T* to = merged.output.data<T>() + first;
        for (std::int64_t c = 0; c < d_head; ++c)
          to[c] = both.share_a * from_a[c] + both.share_b * from_b[c];
      }
  };
  parallel_for(sums.dim(0) * query, 256, merge_queries);
}

template void merge_results_kernel<float>(Cpu, const AttendResult&, const AttendResult&, double,
                                          AttendResult&);
template void merge_results_kernel<double>(Cpu, const AttendResult&, const AttendResult&, double,
                                           AttendResult&);

}  // namespace lectern
