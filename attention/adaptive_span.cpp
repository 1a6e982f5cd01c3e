#include "attention/adaptive_span.h"

#include <algorithm>
#include <cmath>

#include "attention/recent_cache.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/reduce.h"
#include "tensor/ops/cast.h"

namespace lectern {

AdaptiveSpanAttention::AdaptiveSpanAttention(const Options& options, Initializer& init)
    : options_(options) {
  check(options.longest > 0 && options.ramp >= 1 && options.start >= 0 && options.start <= 1, [&] {
    return text("a span of at most ", options.longest, " tokens, with a ramp of ", options.ramp,
                ", that starts at ", options.start,
                "; expected at least one token each, and a start from 0 to 1");
  });
  ratio_ = Variable::parameter(init.constant({options.heads}, options.start));
}

Variable AdaptiveSpanAttention::spans() const {
  return scale(ratio_, static_cast<double>(options_.longest));
}

Variable AdaptiveSpanAttention::regularization_loss() const {
  return options_.regularization == 0 ? Variable() : scale(mean(spans()), options_.regularization);
}

void AdaptiveSpanAttention::after_step() {
  const Tensor& now = ratio_.value();
  std::vector<double> ratios = cast(now, DType::f64).to_vector<double>();
  for (double& ratio : ratios) ratio = std::clamp(ratio, 0.0, 1.0);
  const Tensor clamped = tensor_of<double>(now.shape(), ratios);
  ratio_.mutable_value().copy_from(cast(clamped, now.dtype()));
}

std::vector<std::int64_t> AdaptiveSpanAttention::reach() const {
  std::vector<std::int64_t> result;
  for (const double z : cast(spans().value(), DType::f64).to_vector<double>())
    result.push_back(static_cast<std::int64_t>(std::ceil(z + options_.ramp)) - 1);
  return result;
}

AttentionOptions AdaptiveSpanAttention::biased(const AttentionOptions& options) const {
  AttentionOptions result = options;
  result.bias = {
      .shape = DistanceBias::Shape::span, .widths = spans().value(), .ramp = options_.ramp};
  return result;
}

Variable AdaptiveSpanAttention::operator()(const ProjectedTokens& tokens,
                                           const AttentionOptions& options) const {
  return attend_biased(tokens.queries, tokens.keys, tokens.values, spans(), biased(options));
}

Tensor AdaptiveSpanAttention::weights(const ProjectedTokens& tokens,
                                      const AttentionOptions& options) const {
  return biased_weights(tokens.queries.value(), tokens.keys.value(), biased(options));
}

std::unique_ptr<KeyValueCache> AdaptiveSpanAttention::start(int heads, std::int64_t) const {
  const std::vector<std::int64_t> farthest = reach();
  return recent_cache(biased({.heads = heads}),
                      *std::max_element(farthest.begin(), farthest.end()));
}

}  // namespace lectern
