// A pattern of attention that the library does not have, in every command of the program: attention
// with linear biases (Press et al. 2022, "Train Short, Test Long"). Scores fall with the distance to
// the key, in every head at another slope, and nothing else tells a token where it stands.
#include <cmath>

#include "attention/ops/mask_scores.h"
#include "attention/patterns.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/dropout.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/permute.h"
#include "autograd/ops/softmax.h"
#include "tasks/commands/lectern_main.h"
#include "tensor/ops/cast.h"

using namespace lectern;

class Alibi : public AttentionPattern {
 public:
  explicit Alibi(double range) : range_(range) {}

  Variable operator()(const ProjectedTokens& tokens,
                      const AttentionOptions& options) const override {
    Variable weights = probabilities(tokens, options);
    if (options.dropout > 0) weights = dropout(weights, options.dropout, options.key);
    return merge_heads(matmul(weights, split_heads(tokens.values, options.heads)));
  }

  bool is_causal() const override { return true; }

  Tensor weights(const ProjectedTokens& tokens, const AttentionOptions& options) const override {
    return probabilities(tokens, options).value();
  }

 private:
  /// softmax(q kᵀ/√d_head − m_h |i − j|) of the keys that the mask leaves, `[batch, head, query,
  /// key]`.
  Variable probabilities(const ProjectedTokens& tokens, const AttentionOptions& options) const {
    const Variable q = split_heads(tokens.queries, options.heads);
    const Variable k = split_heads(tokens.keys, options.heads);
    const Variable products =
        scale(matmul(q, k, {.transpose_b = true}), score_scale(options, q.dim(3)));
    return softmax(mask_scores(add(products, biases(products.value())), options.mask));
  }

  /// −m_h |i − j|, with the slopes m_h = 2^(−range h / heads) for h = 1 … heads.
  Variable biases(const Tensor& scores) const {
    const std::int64_t heads = scores.dim(1), query = scores.dim(2), key = scores.dim(3);
    std::vector<double> numbers;
    for (std::int64_t h = 1; h <= heads; ++h) {
      const double slope = std::exp2(-range_ * static_cast<double>(h) / static_cast<double>(heads));
      for (std::int64_t i = key - query; i < key; ++i)  // fewer queries than keys are the last ones
        for (std::int64_t j = 0; j < key; ++j)
          numbers.push_back(-slope * std::abs(static_cast<double>(i - j)));
    }
    const Tensor biases = tensor_of<double>({heads, query, key}, numbers);
    return Variable(cast(biases, scores.dtype()).to(scores.device()));
  }

  double range_;
};

int main(int argc, char** argv) {
  register_pattern(
      {.name = "alibi",
       .summary = "scores fall with the distance, at another slope in every head",
       .cost = "length²",
       .make =
           [](const PatternOptions& options, std::int64_t, int, Initializer&) {
             return std::make_unique<Alibi>(options.own.number("slope_range"));
           },
       .keys = {{.name = "slope_range", .standard = 8.0, .doc = "the gentlest slope is 2^-X"}}});
  return lectern_main(argc, argv);
}
