#include "tasks/task/token_score.h"

#include "tasks/metrics/wilson.h"
#include "tasks/training/finite.h"
#include "tasks/training/progress.h"
#include "tasks/training/share.h"
#include "tensor/ops/cross_entropy.h"
#include "tensor/ops/top_k.h"

namespace lectern {

std::vector<std::int32_t> TokenScore::add(const Tensor& logits, const Tensor& targets) {
  const Tensor rows = logits.reshape({targets.size(), logits.dim(-1)});
  const std::vector<std::int32_t> said = top_k(rows, 1).indices.to_vector<std::int32_t>();
  const std::vector<std::int32_t> wanted = targets.to_vector<std::int32_t>();
  const std::int64_t batch = targets.dim(0), length = targets.size() / batch;
  for (std::int64_t i = 0; i < batch; ++i) {
    const CrossEntropySum sum =
        cross_entropy(logits.slice(i, i + 1), targets.slice(i, i + 1), {.ignore = ignored_target});
    const double loss = finite_loss(scalar(sum.loss));
    const auto some = static_cast<std::int64_t>(scalar(sum.count));
    std::int64_t hits = 0;
    for (std::int64_t j = i * length; j < (i + 1) * length; ++j) hits += said[j] == wanted[j];
    LossSum::add(loss, some);
    right += hits;
    examples.push_back({in_billionths(loss), hits, some});
  }
  return said;
}

void TokenScore::add_ranks(ProcessGroup& ranks) {
  static_cast<LossSum&>(*this) = sum_of_ranks(ranks, static_cast<const LossSum&>(*this));
  right = sum_of_ranks(ranks, right);
}

double accuracy_of(const Counts& sum) {
  return 100.0 * static_cast<double>(sum[1]) / static_cast<double>(sum[2]);
}

double loss_of(const Counts& sum) { return LossSum{.billionths = sum[0], .count = sum[2]}.mean(); }

std::string accuracy_text(double accuracy, std::int64_t trials) {
  const Bounds bounds = wilson_interval(accuracy, trials);
  return fixed(100.0 * accuracy, 2) + " % (95 % interval " + fixed(100.0 * bounds.low, 2) + " … " +
         fixed(100.0 * bounds.high, 2) + ")";
}

}  // namespace lectern
