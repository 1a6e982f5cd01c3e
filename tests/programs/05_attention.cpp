// Three words attend to each other: by definition, without looking ahead, and with two heads.
#include <cmath>
#include <iostream>

#include "lectern.h"
#include "tasks/report/pictures.h"
using namespace lectern;

int main() {
  const std::vector<std::string> words{"the", "dog", "runs"};
  const Variable x(matrix({{1, 0}, {0, 2}, {1, 1}}));                // [word, d]
  const Variable scores = matmul(x, transpose(x)) / std::sqrt(2.0);  // [word, word]
  const Variable seen = softmax(scores), past = softmax(mask_scores(scores, causal_mask()));
  for (const Variable& weights : {seen, past})
    std::cout << text_of(weights.value(), {.rows = words, .columns = words}) << "\n";
  const Variable batch = reshape(x, {1, 3, 2});
  const Variable y = attend(batch, batch, batch, {.heads = 1, .mask = causal_mask()});
  std::cout << "what each word takes from the past\n"
            << matmul(past, x).value() << "\nand as the library says\n"
            << select(y.value(), 0, 0) << "\n";

  Initializer init(1);
  MultiHeadAttention attention({.d_model = 8, .heads = 2}, init);
  const Variable sentence(random_normal({1, 3, 8}, 1.0, {.seed = 2}));
  const Tensor heads = select(attention.weights(sentence, sentence, causal_mask()), 0, 0);
  for (const int head : {0, 1})
    std::cout << "head " << head << "\n"
              << blocks(select(heads, 0, head), {.rows = words, .columns = words});
}
