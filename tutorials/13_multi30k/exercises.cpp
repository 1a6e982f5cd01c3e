// The exercises of chapter 13. Write your lines where it says so, then type ./check.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "exercise.h"

using namespace lectern;

namespace {

/// Exercise 1: the operations of a feed-forward network forwards: its two matrices,
/// [d_model, d_ff] and [d_ff, d_model], for so many words.
std::int64_t feed_forward_operations(std::int64_t words, std::int64_t d_model,
                                     std::int64_t d_ff) {
  // [solution 1]
  return 2 * words * d_model * d_ff * 2;  // times and plus, two matrices
  // [/solution]
}

/// Exercise 2: what is reported. Of each checkpoint we know the BLEU on the validation set and on
/// the test set. The score that may stand in the table.
double reported(const std::vector<double>& validation,
                const std::vector<double>& test) {
  // [solution 2]
  const auto best = std::max_element(validation.begin(), validation.end());
  return test[static_cast<std::size_t>(best - validation.begin())];
  // [/solution]
}

/// Exercise 3: the perplexity a word, of a network that was asked token by token.
/// \param perplexity  a token; there were so many tokens and so many words
double perplexity_a_word(double perplexity, double tokens, double words) {
  // [solution 3]
  return std::exp(std::log(perplexity) * tokens / words);
  // [/solution]
}

/// Exercise 4: how many test sentences are needed for an interval of ± `wanted`, when `sentences`
/// of them give ± `half_width`. Round up to whole sentences.
std::int64_t sentences_needed(std::int64_t sentences, double half_width,
                              double wanted) {
  // [solution 4]
  const double ratio = half_width / wanted;
  return static_cast<std::int64_t>(
      std::ceil(static_cast<double>(sentences) * ratio * ratio));
  // [/solution]
}

/// Exercise 5: a test without numbers for the sentences, only with who was better: of all sentences
/// on which two systems differ, the second won `wins`. If both were equally good, each of the
/// `wins + losses` would be a coin. The probability of so many wins or more.
double sign_test(int wins, int losses) {
  // [solution 5]
  const int coins = wins + losses;
  double ways = 1, so_many = 0;  // ways to choose k of the coins
  for (int k = 0; k <= coins; ++k) {
    if (k >= wins) so_many += ways;
    ways = ways * (coins - k) / (k + 1);
  }
  return so_many / std::pow(2.0, coins);
  // [/solution]
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    Initializer init(1);
    for (const std::int64_t words : {1, 7})
      for (const std::int64_t d_model : {4, 10})
        for (const std::int64_t d_ff : {3, 20}) {
          const FeedForward network(
              {.d_model = d_model, .d_ff = d_ff, .dropout = 0}, init);
          const Variable x(zeros({words, d_model}));
          expect_equal("the operations, as the library counts them,",
                       feed_forward_operations(words, d_model, d_ff),
                       operations([&] { network(x); }));
        }
  });
  exercises.check(2, [] {
    expect_near("validation 30 34 33, test 31 33 35",
                reported({30, 34, 33}, {31, 33, 35}), 33);
    expect_near("validation 41 40, test 38 39", reported({41, 40}, {38, 39}),
                38);
    expect_near("validation 20 21 22, test 25 24 23",
                reported({20, 21, 22}, {25, 24, 23}), 23);
  });
  exercises.check(3, [] {
    expect_near("perplexity 5 a token, 12 tokens, 12 words",
                perplexity_a_word(5, 12, 12), 5);
    for (const double tokens : {10, 15, 23})
      for (const double surprise : {0.5, 1.2})  // nats a token
        expect_near("perplexity " + std::to_string(std::exp(surprise)) +
                        " a token, " + std::to_string(tokens) +
                        " tokens, 10 words",
                    perplexity_a_word(std::exp(surprise), tokens, 10),
                    std::exp(surprise * tokens / 10));
  });
  exercises.check(4, [] {
    expect_equal("for ± 0.8, when 1000 give ± 1.6",
                 sentences_needed(1000, 1.6, 0.8), std::int64_t{4000});
    expect_equal("for ± 3, when 500 give ± 2", sentences_needed(500, 2, 3),
                 std::int64_t{223});
    expect_equal("for ± 0.5, when 1000 give ± 1.5",
                 sentences_needed(1000, 1.5, 0.5), std::int64_t{9000});
    expect_equal("for ± 1, when 200 give ± 1.5", sentences_needed(200, 1.5, 1),
                 std::int64_t{450});
  });
  exercises.check(5, [] {
    expect_near("three wins, no loss", sign_test(3, 0), 0.125);
    expect_near("no win, four losses", sign_test(0, 4), 1);
    expect_near("seven wins, two losses", sign_test(7, 2), 46.0 / 512);
    for (int wins = 0; wins < 12; ++wins)  // many coins, thrown one by one
      for (const int losses : {0, 1, 5, 8}) {
        std::vector<double> heads{1};  // the probability of k heads so far
        for (int coin = 0; coin < wins + losses; ++coin) {
          heads.push_back(0);
          for (std::size_t k = heads.size() - 1; k > 0; --k)
            heads[k] = (heads[k] + heads[k - 1]) / 2;
          heads[0] /= 2;
        }
        expect_near(std::to_string(wins) + " wins, " + std::to_string(losses) +
                        " losses",
                    sign_test(wins, losses),
                    std::accumulate(heads.begin() + wins, heads.end(), 0.0));
      }
  });
  return exercises.result();
}
