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

/// Finds <pad> and <s> likelier than every token that may be written, and of those the next
/// of its script.
class Scripted : public StepDecoder {
 public:
  explicit Scripted(TokenList script) : script_(std::move(script)) {}
  std::int64_t sentences() const override { return 1; }
  Tensor start() override { return logits(); }
  Tensor step(const TokenList& tokens, const TokenList& order) override {
    expect_equal("the tokens of a step", shown(tokens),
                 text(script_[at_], " "));
    expect_equal("the row that a step goes on from", shown(order),
                 std::string("0 "));
    ++at_;
    return logits();
  }
  void select(const TokenList& kept) override { (void)kept; }

 private:
  Tensor logits() const {
    Tensor row({1, 20}, DType::f32);  // [row, vocab]
    for (std::int64_t token = 0; token < 20; ++token) row.set({0, token}, -1);
    row.set({0, 0}, 5), row.set({0, 1}, 4), row.set({0, script_[at_]}, 2);
    return row;
  }
  TokenList script_;
  std::size_t at_ = 0;
};

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    for (const double gap : {2.0, 0.5})
      for (const double p : {0.9, 0.6}) {
        const double t = temperature_for(gap, p);
        expect_near(text("logits ", gap, " and 0, your temperature ", t,
                         ": the first token's probability"),
                    softmax(vector({gap / t, 0})).at({0}), p);
      }
  });
  exercises.check(2, [] {
    expect_equal("tokens of 0.5 0.3 0.15 0.05 for top_p = 0.9",
                 nucleus({0.5, 0.3, 0.15, 0.05}, 0.9), 3);
    expect_equal("tokens of 0.05 0.9 0.05 for top_p = 0.5",
                 nucleus({0.05, 0.9, 0.05}, 0.5), 1);
    expect_equal("tokens of 0.1 0.2 0.3 0.4 for top_p = 0.5",
                 nucleus({0.1, 0.2, 0.3, 0.4}, 0.5), 2);
    expect_equal(
        "tokens of 0.125 0.25 0.5 0.125 for top_p = 0.75, which two reach",
        nucleus({0.125, 0.25, 0.5, 0.125}, 0.75), 2);
    expect_equal("tokens of 0.125 0.25 0.5 0.125 for top_p = 1",
                 nucleus({0.125, 0.25, 0.5, 0.125}, 1), 4);
  });
  exercises.check(3, [] {
    expect_equal("matches of \"the the the\" with \"the cat sees the dog\"",
                 clipped_matches({"the", "the", "the"},
                                 {"the", "cat", "sees", "the", "dog"}),
                 2);
    expect_equal(
        "matches of \"a dog sees a big cat\" with \"the cat sees a dog\"",
        clipped_matches({"a", "dog", "sees", "a", "big", "cat"},
                        {"the", "cat", "sees", "a", "dog"}),
        4);
    expect_equal("matches of \"the cat\" with \"the the cat cat\"",
                 clipped_matches({"the", "cat"}, {"the", "the", "cat", "cat"}),
                 2);
    expect_equal("matches of \"no word\" with \"nothing here\"",
                 clipped_matches({"no", "word"}, {"nothing", "here"}), 0);
  });
  exercises.check(4, [] {
    Scripted ends({7, 3, 9, 2});
    expect_equal("where </s> comes after 7 3 9", shown(greedy(ends, 12)),
                 std::string("7 3 9 "));
    Scripted at_once({2});
    expect_equal("where </s> comes at once", shown(greedy(at_once, 12)),
                 std::string());
    Scripted goes_on({4, 5, 6, 7, 8, 2});
    expect_equal("where nothing ends, and three tokens are allowed",
                 shown(greedy(goes_on, 3)), std::string("4 5 6 "));
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
