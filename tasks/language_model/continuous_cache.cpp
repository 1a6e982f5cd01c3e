#include "tasks/language_model/continuous_cache.h"

#include <algorithm>
#include <cmath>

#include "tensor/check.h"
#include "tensor/ops/matmul.h"
#include "tensor/ops/top_k.h"
#include "tensor/parallel.h"

namespace lectern {
namespace {

/// Tokens of one claim of a thread.
constexpr std::int64_t grain = 16;

/// The probabilities of the few tokens that are remembered; all others have none.
class Mass {
 public:
  explicit Mass(std::int64_t vocab) : of_(static_cast<std::size_t>(vocab)) {}

  /// \param scores  of the remembered tokens
  void set(const float* scores, const std::int32_t* next, std::int64_t count, double theta) {
    for (const std::int32_t token : tokens_) of_[static_cast<std::size_t>(token)] = 0.0;
    tokens_.clear();
    const float largest = *std::max_element(scores, scores + count);
    double sum = 0.0;
    for (std::int64_t i = 0; i < count; ++i) {
      const double weight = std::exp(theta * (scores[i] - largest));
      double& mass = of_[static_cast<std::size_t>(next[i])];
      if (mass == 0.0) tokens_.push_back(next[i]);
      mass += weight;
      sum += weight;
    }
    for (const std::int32_t token : tokens_) of_[static_cast<std::size_t>(token)] /= sum;
  }

  const std::vector<std::int32_t>& tokens() const { return tokens_; }
  double operator[](std::int32_t token) const { return of_[static_cast<std::size_t>(token)]; }

 private:
  std::vector<double> of_;            // [vocab]
  std::vector<std::int32_t> tokens_;  // those with a mass
};

/// Makes p of p_model: with r = λ / (1−λ), p = (p_model + r p_cache) / (1 + r). A softmax divides by
/// what all share, so only the logits of remembered tokens change.
void mix(float* logits, double log_sum, const Mass& mass, double lambda) {
  const double ratio = lambda / (1.0 - lambda);
  for (const std::int32_t token : mass.tokens()) {
    const double probability = std::exp(logits[token] - log_sum);
    logits[token] = static_cast<float>(log_sum + std::log(probability + ratio * mass[token]));
  }
}

}  // namespace

void ContinuousCache::read(const Tensor& states, const Tensor& next, Tensor& logits) {
  const std::int64_t tokens = states.dim(0), d_model = states.dim(1);
  EXPECT_SHAPE(next, tokens);
  EXPECT_SHAPE(logits, tokens, logits.dim(1));
  const std::int32_t* followers = next.data<std::int32_t>();
  std::vector<std::int64_t> counted;  // of the tokens, in order
  for (std::int64_t i = 0; i < tokens; ++i)
    if (followers[i] >= 0) counted.push_back(i);

  // Behind what is remembered, the new states; each token looks at the `size` before its own.
  const std::int64_t remembered = std::ssize(next_), all = remembered + std::ssize(counted);
  if (counted.empty()) return;
  Tensor keys({all, d_model}, DType::f32, cpu);
  float* target = keys.data<float>();
  if (remembered > 0) target = std::copy_n(states_.data<float>(), remembered * d_model, target);
  for (const std::int64_t i : counted) {
    target = std::copy_n(states.data<float>() + i * d_model, d_model, target);
    next_.push_back(followers[i]);
  }
  const Tensor scores =
      matmul(keys.slice(remembered, all), keys, {.transpose_b = true});  // [counted, all]
  const Tensor log_sums = log_sum_exp(logits);

  const std::int64_t vocab = logits.dim(1);
  parallel_for(std::ssize(counted), grain, [&](std::int64_t begin, std::int64_t end) {
    Mass mass(vocab);
    for (std::int64_t query = begin; query < end; ++query) {
      const std::int64_t own = remembered + query;
      const std::int64_t first = std::max<std::int64_t>(0, own - options_.size);
      if (first == own) continue;
      mass.set(scores.data<float>() + query * all + first, next_.data() + first, own - first,
               options_.theta);
      const std::int64_t row = counted[static_cast<std::size_t>(query)];
      mix(logits.data<float>() + row * vocab, log_sums.data<double>()[row], mass, options_.lambda);
    }
  });

  const std::int64_t kept = std::min(options_.size, all);
  states_ = keys.slice(all - kept, all);
  next_.erase(next_.begin(), next_.end() - kept);
}

}  // namespace lectern
