#include "attention/score_attention.h"

namespace lectern {

Variable ScoreAttention::operator()(const Variable& queries, const Variable& memory,
                                    const Mask& mask) const {
  show([&] {
    const std::int64_t batch = queries.dim(0), query = queries.dim(1), key = memory.dim(1);
    return score_weights(*score_, queries.value(), memory.value(), mask)
        .reshape({batch, 1, query, key});
  });
  return attend_by_score(*score_, queries, memory, memory, mask);
}

}  // namespace lectern
