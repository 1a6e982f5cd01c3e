#include "nn/loss.h"

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/reduce.h"

namespace lectern {

Variable squared_error(const Variable& y, const Variable& target, Where where) {
  check(
      y.shape() == target.shape(),
      [&] { return text("squared_error of ", y.shape(), " and targets ", target.shape()); }, where);
  return mean(square(subtract(y, target, where), where), where);
}

double accuracy(const Tensor& logits, const Tensor& targets, std::int32_t ignore, Where where) {
  check(
      logits.rank() >= 1 && targets.shape() == logits.shape().without(-1),
      [&] {
        return text("accuracy needs one target for every row of the logits, got targets ",
                    targets.shape(), " for logits ", logits.shape());
      },
      where);
  const auto predicted = argmax(logits, where).to_vector<std::int32_t>();
  const auto wanted = targets.to_vector<std::int32_t>();
  std::int64_t right = 0, count = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == ignore) continue;
    ++count;
    if (predicted[i] == wanted[i]) ++right;
  }
  check(
      count > 0, [&] { return text("accuracy: all ", wanted.size(), " targets are padding"); },
      where);
  return static_cast<double>(right) / static_cast<double>(count);
}

}  // namespace lectern
