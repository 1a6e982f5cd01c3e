// A pattern of attention of one's own: a token looks back at every third one.
#include <iostream>

#include "lectern.h"
#include "tasks/report/pictures.h"
using namespace lectern;

struct EveryThird : AttentionPattern {
  Variable operator()(const ProjectedTokens& x, const AttentionOptions& options) const override {
    return attend_by_definition(x.queries, x.keys, x.values, every_third(options));
  }
  Tensor weights(const ProjectedTokens& x, const AttentionOptions& options) const override {
    return attention_weights(x.queries.value(), x.keys.value(), every_third(options));
  }
  static AttentionOptions every_third(AttentionOptions options) {
    options.mask.pairs = [](auto query, auto key) {
      return key <= query && (query - key) % 3 == 0;
    };
    return options;
  }
};

int main() {
  Initializer init(1);
  MultiHeadAttention attention({.d_model = 8, .heads = 1}, std::make_unique<EveryThird>(), init);
  const Variable x = Variable::parameter(random_normal({1, 8, 8}, 1.0, {.seed = 1}));
  std::cout << blocks(select(select(attention.weights(x, x, no_mask()), 0, 0), 0, 0));
  backward(sum(select(attention(x, x, no_mask()), 1, 7)));  // the last answer
  std::cout << "what the last answer depends on\n" << blocks(sum_axis(absolute(x.gradient()), 2));
}
