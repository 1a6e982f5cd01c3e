// The exercises of chapter 12. Write your lines where it says so, then type ./check.
#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "exercise.h"
#include "models/decoder.h"

using namespace lectern;

namespace {

/// Exercise 1: two tokens have the logits `gap` and 0. The temperature at which the first is drawn
/// with the probability p.
double temperature_for(double gap, double p) {
  // [solution 1]
  return gap / std::log(p / (1 - p));  // p = 1 / (1 + e^(-gap / T))
  // [/solution]
}

/// Exercise 2: from how many tokens top-p draws: the fewest that together have the probability
/// `top_p`. \param probabilities  in any order
int nucleus(std::vector<double> probabilities, double top_p) {
  // [solution 2]
  std::sort(probabilities.begin(), probabilities.end(), std::greater<>());
  double together = 0;
  int count = 0;
  while (together < top_p) together += probabilities[count++];
  return count;
  // [/solution]
}

/// Exercise 3: how many of the words said a reference has too, each counted as often as the
/// reference has it: the numerator of BLEU's first precision.
int clipped_matches(const std::vector<std::string>& said,
                    const std::vector<std::string>& reference) {
  // [solution 3]
  std::map<std::string, int> left;
  for (const std::string& word : reference) ++left[word];
  int matches = 0;
  for (const std::string& word : said)
    if (left[word]-- > 0) ++matches;
  return matches;
  // [/solution]
}

/// Exercise 4: greedy search by yourself: the likeliest token, again and again, until </s> (token 2)
/// or `longest` tokens. The tokens 0, <pad>, and 1, <s>, are never written. One sentence.
TokenList greedy(StepDecoder& decoder, std::size_t longest) {
  // [solution 4]
  TokenList written;
  Tensor logits = decoder.start();  // [row, vocab]
  while (true) {
    const Tensor allowed = slice(logits, 1, 2, logits.dim(1));
    const auto token = argmax(allowed).at<std::int32_t>({0}) + 2;
    if (token == 2) return written;
    written.push_back(token);
    if (written.size() == longest) return written;
    logits = decoder.step({token}, {0});
  }
  // [/solution]
}

std::string shown(const TokenList& tokens) {
  std::string text;
  for (const std::int32_t token : tokens) text += std::to_string(token) + " ";
  return text;
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    const double t = temperature_for(2, 0.9);
    expect_near("the first token's probability at your temperature, " +
                    std::to_string(t),
                softmax(vector({2 / t, 0})).at({0}), 0.9);
  });
  exercises.check(2, [] {
    expect_equal("tokens of 0.5 0.3 0.15 0.05 for top_p = 0.9",
                 nucleus({0.5, 0.3, 0.15, 0.05}, 0.9), 3);
    expect_equal("tokens of 0.05 0.9 0.05 for top_p = 0.5",
                 nucleus({0.05, 0.9, 0.05}, 0.5), 1);
  });
  exercises.check(3, [] {
    expect_equal("matches of \"the the the\" with \"the cat sees the dog\"",
                 clipped_matches({"the", "the", "the"},
                                 {"the", "cat", "sees", "the", "dog"}),
                 2);
  });
  exercises.check(4, [] {
    Initializer init(7);
    Transformer model({.source_vocab = 20,
                       .target_vocab = 20,
                       .d_model = 32,
                       .nhead = 4,
                       .num_encoder_layers = 1,
                       .num_decoder_layers = 1,
                       .dim_feedforward = 64},
                      init);
    evaluate(model);
    for (const std::int32_t word : {4, 9, 13}) {
      const Tokens source{ids({{word, 5, 2}}), ids({3})};
      Decoder ours(model, source), theirs(model, source);
      const auto expected =
          beam_search(theirs, {.beam_size = 1, .max_lengths = {12}});
      expect_equal("the tokens written", shown(greedy(ours, 12)),
                   shown(expected[0][0].tokens));
    }
  });
  return exercises.result();
}
