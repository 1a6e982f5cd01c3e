// A language model of letters reads 5 kB of text again and again, and goes on with "the ".
#include <iostream>

#include "lectern.h"
using namespace lectern;

int main() {
  std::string all;
  for (const std::string who : {"dog", "cat", "bird", "fish", "child"})
    for (const std::string does : {"sleeps", "sings", "eats", "looks at the sun", "waits"})
      for (const std::string place : {"in the house", "under a tree", "by the sea", "at home"})
        all += "the " + who + " " + does + " " + place + ".\n";
  const Tensor text = ids(std::vector<std::int32_t>(all.begin(), all.end())).reshape({1, -1});

  Initializer init(1);
  const LayerOptions layer{.d_model = 64, .nhead = 4, .dim_feedforward = 64};
  LanguageModel model({.encoder = {.vocab = 128, .layer = layer, .num_layers = 2}}, init);
  Adam adam(parameters(model), {});
  for (std::uint32_t step = 0; step <= 1200; ++step) {
    const Tensor place = random_integers({}, 0, text.dim(1) - 65, {.step = step});
    const Tensor part = slice(text, 1, place.item<int>(), place.item<int>() + 65);  // [1, letter]
    const Variable loss = model.loss({slice(part, 1, 0, 64), {}}, slice(part, 1, 1, 65));
    minimise(loss, adam, 0.004);
    if (step % 300 == 0) std::cout << "step " << step << ": loss " << loss.value().item() << "\n";
  }
  for (const auto letter : continue_tokens(model, {'t', 'h', 'e', ' '}, 60, {.temperature = 0.5}))
    std::cout << static_cast<char>(letter == '\n' ? '|' : letter);
  std::cout << "\n";
}
