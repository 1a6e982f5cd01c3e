#include "tasks/task/token_score.h"

#include "tasks/metrics/metric.h"
#include "tasks/metrics/wilson.h"
#include "tasks/training/finite.h"
#include "tasks/training/progress.h"
#include "tensor/ops/cross_entropy.h"
#include "tensor/ops/top_k.h"

namespace lectern {

std::vector<std::int32_t> TokenScore::add(const Tensor& logits, const Tensor& targets) {
  const CrossEntropySum sum = cross_entropy(logits, targets, {.ignore = ignored_target});
  loss_sum += finite_loss(scalar(sum.loss));
  count += static_cast<std::int64_t>(scalar(sum.count));
  const Tensor rows = logits.reshape({targets.size(), logits.dim(-1)});
  const std::vector<std::int32_t> said = top_k(rows, 1).indices.to_vector<std::int32_t>();
  const std::vector<std::int32_t> wanted = targets.to_vector<std::int32_t>();
  for (std::size_t i = 0; i < wanted.size(); ++i) right += said[i] == wanted[i];
  return said;
}

std::string accuracy_text(double accuracy, std::int64_t trials) {
  const Bounds bounds = wilson_interval(accuracy, trials);
  return fixed(100.0 * accuracy, 2) + " % (95 % interval " + fixed(100.0 * bounds.low, 2) + " … " +
         fixed(100.0 * bounds.high, 2) + ")";
}

}  // namespace lectern
