// The pattern of the last program in a language model, by its name, like those
// of the library.
#include <iostream>

#include "lectern.h"
using namespace lectern;

struct EveryThird : AttentionPattern {
  Variable operator()(const ProjectedTokens& x, const AttentionOptions& options) const override {
    return attend_by_definition(x.queries, x.keys, x.values, every_third(options));
  }
  bool is_causal() const override { return true; }
  static AttentionOptions every_third(AttentionOptions options) {
    options.mask.pairs = [](auto query, auto key) {
      return key <= query && (query - key) % 3 == 0;
    };
    return options;
  }
};

int main() {
  register_pattern({.name = "every_third",
                    .summary = "every third token before",
                    .cost = "length²",
                    .make = [](auto&&...) { return std::make_unique<EveryThird>(); }});
  Initializer init(1);
  const LayerOptions layer{.d_model = 32, .nhead = 4, .dim_feedforward = 64};
  LanguageModel model({.encoder = {.vocab = 128,
                                   .layer = layer,
                                   .num_layers = 2,
                                   .attention = {{.name = "every_third"}, {.name = "exact"}}}},
                      init);
  Adam adam(parameters(model), {});
  const std::string song = "one two three one two three one two three one two three ";
  const Tensor text = ids(std::vector<std::int32_t>(song.begin(), song.end())).reshape({1, -1});
  const std::int64_t length = text.dim(1);
  for (int step = 0; step <= 100; ++step) {
    const Variable loss =
        model.loss({slice(text, 1, 0, length - 1), {}}, slice(text, 1, 1, length));
    minimise(loss, adam, 0.003);
    if (step % 50 == 0) std::cout << "step " << step << ": loss " << loss.value().item() << "\n";
  }
  for (const auto letter : continue_tokens(model, {'o', 'n', 'e'}, 30, {.top_k = 1}))
    std::cout << static_cast<char>(letter);
  std::cout << "\n";
}
