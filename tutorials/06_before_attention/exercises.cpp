// The exercises of chapter 6. Write your lines where it says so, then type ./check.
#include <cmath>
#include <map>

#include "exercise.h"

using namespace lectern;

namespace {

using Words = std::vector<std::string>;
using Numbers = std::vector<double>;

std::string shown(const Numbers& numbers) {
  std::ostringstream line;
  for (const double number : numbers)
    line << (line.str().empty() ? "" : " ") << std::round(number * 1e4) / 1e4;
  return line.str();
}

/// Exercise 1: among how many words the model seems to choose, from the natural logarithm of what it
/// gave each word of a text: e to the power of minus their mean.
double perplexity_of(const Numbers& log_probabilities) {
  // [solution 1]
  double sum = 0;
  for (const double log_probability : log_probabilities) sum += log_probability;
  return std::exp(-sum / static_cast<double>(log_probabilities.size()));
  // [/solution]
}

/// Exercise 2: p(w | v) = (how often v stands right before w + 1) / (how often v stands before any
/// word + vocab), so that nothing is impossible.
double bigram(const std::vector<Words>& sentences, const std::string& v,
              const std::string& w, int vocab) {
  // [solution 2]
  double together = 1, all = vocab;
  for (const Words& sentence : sentences)
    for (std::size_t i = 1; i < sentence.size(); ++i) {
      if (sentence[i - 1] != v) continue;
      ++all;
      if (sentence[i] == w) ++together;
    }
  return together / all;
  // [/solution]
}

/// Exercise 3: p(e | f) by Model 1, where t[j][i] = t(e_j | f_i), without trying alignments: for each
/// word of e the mean of its row, and the product of these.
double model_1(const std::vector<Numbers>& t) {
  // [solution 3]
  double product = 1;
  for (const Numbers& row : t) {
    double sum = 0;
    for (const double probability : row) sum += probability;
    product *= sum / static_cast<double>(row.size());
  }
  return product;
  // [/solution]
}

using Table = std::map<std::pair<std::string, std::string>, double>;

/// Exercise 4: one round of Model 1 without NULL. t and the result: p(e | f) at {e, f}.
Table round_without_null(const Table& t,
                         const std::vector<std::pair<Words, Words>>& pairs) {
  // [solution 4]
  Table count;
  std::map<std::string, double> total;
  for (const auto& [f_words, e_words] : pairs)
    for (const std::string& e : e_words) {
      double sum = 0;
      for (const std::string& f : f_words) sum += t.at({e, f});
      for (const std::string& f : f_words) {
        count[{e, f}] += t.at({e, f}) / sum;
        total[f] += t.at({e, f}) / sum;
      }
    }
  for (auto& [words, number] : count) number /= total[words.second];
  return count;
  // [/solution]
}

/// Exercise 5: the most probable way through a hidden Markov model without NULL (Viterbi).
/// \param jump  jump[i'][i]: from word i' to word i; jump.back() is the start
/// \param t     t[j][i]
/// \return      for each word j of e the word of f it comes from
std::vector<int> best_way(const std::vector<Numbers>& jump,
                          const std::vector<Numbers>& t) {
  // [solution 5]
  const std::size_t width = t.front().size();
  std::vector<Numbers> best(t.size(), Numbers(width, 0));
  std::vector<std::vector<int>> came(t.size(), std::vector<int>(width, 0));
  for (std::size_t j = 0; j < t.size(); ++j)
    for (std::size_t i = 0; i < width; ++i) {
      if (j == 0) best[0][i] = jump.back()[i] * t[0][i];
      for (std::size_t from = 0; j > 0 && from < width; ++from) {
        const double p = best[j - 1][from] * jump[from][i] * t[j][i];
        if (p <= best[j][i]) continue;
        best[j][i] = p;
        came[j][i] = static_cast<int>(from);
      }
    }
  std::vector<int> way(t.size());
  for (std::size_t i = 1; i < width; ++i)
    if (best.back()[i] > best.back()[static_cast<std::size_t>(way.back())])
      way.back() = static_cast<int>(i);
  for (std::size_t j = t.size() - 1; j > 0; --j)
    way[j - 1] = came[j][static_cast<std::size_t>(way[j])];
  return way;
  // [/solution]
}

std::string shown(const std::vector<int>& way) {
  return shown(Numbers(way.begin(), way.end()));
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    const double fair = perplexity_of(Numbers(5, std::log(1. / 6)));
    expect_near("five rolls of a die", fair, 6);
    const double mixed = perplexity_of({std::log(0.5), std::log(0.125)});
    expect_near("1/2 and 1/8", mixed, 4);
    const double three =
        perplexity_of({std::log(0.5), std::log(0.25), std::log(1. / 64)});
    expect_near("1/2, 1/4 and 1/64", three, 8);
  });
  exercises.check(2, [] {
    const std::vector<Words> text{{"the", "big", "horse"},
                                  {"the", "big", "cat"}};
    expect_near("big after the", bigram(text, "the", "big", 4), 3. / 6);
    expect_near("cat after big", bigram(text, "big", "cat", 4), 2. / 6);
    expect_near("the after cat", bigram(text, "cat", "the", 4), 1. / 4);
    const std::vector<Words> other{
        {"a", "b", "a", "b", "b"}, {"b"}, {"b", "a"}};
    expect_near("b after a, a b a b b; b; b a", bigram(other, "a", "b", 2),
                3. / 4);
    expect_near("a after b, the same", bigram(other, "b", "a", 2), 3. / 5);
    expect_near("with 10 words", bigram(other, "b", "a", 10), 3. / 13);
  });
  exercises.check(3, [] {
    const std::vector<Numbers> t{{0.2, 0.6, 0.1}, {0.5, 0.1, 0.3}};
    double all = 0;  // all nine alignments
    for (const double first : t[0])
      for (const double second : t[1]) all += first / 3 * second / 3;
    expect_near("p(e | f)", model_1(t), all, 1e-9);
    const std::vector<Numbers> longer{{0.3, 0.5}, {0.1, 0.9}, {0.8, 0.2}};
    all = 0;  // all eight
    for (const double first : longer[0])
      for (const double second : longer[1])
        for (const double third : longer[2]) all += first * second * third / 8;
    expect_near("three words from two", model_1(longer), all, 1e-9);
  });
  exercises.check(4, [] {
    const std::vector<std::pair<Words, Words>> pairs{
        {{"chat", "vert"}, {"green", "cat"}},
        {{"chat", "noir"}, {"black", "cat"}}};
    const Table start{{{"green", "chat"}, 1. / 3}, {{"cat", "chat"}, 1. / 3},
                      {{"black", "chat"}, 1. / 3}, {{"green", "vert"}, 1. / 2},
                      {{"cat", "vert"}, 1. / 2},   {{"black", "noir"}, 1. / 2},
                      {{"cat", "noir"}, 1. / 2}};
    const Table first = round_without_null(start, pairs);
    expect_near("round 1, t(cat | chat)", first.at({"cat", "chat"}), 0.5);
    expect_near("round 1, t(green | vert)", first.at({"green", "vert"}), 0.5);
    const Table second = round_without_null(first, pairs);
    expect_near("round 2, t(cat | chat)", second.at({"cat", "chat"}), 0.6);
    expect_near("round 2, t(green | vert)", second.at({"green", "vert"}),
                4. / 7);
    // One word for two: every share is 1, and a pair that occurs twice counts twice.
    const std::vector<std::pair<Words, Words>> others{
        {{"du"}, {"of", "the"}}, {{"du"}, {"of", "the"}}, {{"du"}, {"some"}}};
    const Table third = round_without_null(
        {{{"of", "du"}, 0.2}, {{"the", "du"}, 0.7}, {{"some", "du"}, 0.1}},
        others);
    expect_near("t(of | du)", third.at({"of", "du"}), 0.4);
    expect_near("t(some | du)", third.at({"some", "du"}), 0.2);
    for (const auto& table : {first, second, third}) {
      std::map<std::string, double> sums;
      for (const auto& [words, p] : table) sums[words.second] += p;
      for (const auto& [f, sum] : sums)
        expect_near("the sum of t(e | " + f + ") over e", sum, 1);
    }
  });
  exercises.check(5, [] {
    // Two articles that look alike: the jumps decide.
    const std::vector<Numbers> jump{{0.1, 0.8, 0.05, 0.05},
                                    {0.1, 0.1, 0.7, 0.1},
                                    {0.1, 0.1, 0.1, 0.7},
                                    {0.4, 0.3, 0.2, 0.1},
                                    {0.7, 0.1, 0.1, 0.1}};
    const std::vector<Numbers> t{{0.9, 0.1, 0.9, 0.1},
                                 {0.1, 0.9, 0.1, 0.1},
                                 {0.9, 0.1, 0.9, 0.1},
                                 {0.1, 0.1, 0.1, 0.9}};
    expect_equal("the way", shown(best_way(jump, t)), std::string("0 1 2 3"));
    const std::vector<Numbers> turned{t[2], t[3], t[0], t[1]};
    const std::vector<Numbers> back{{0.1, 0.8, 0.05, 0.05},
                                    {0.1, 0.1, 0.7, 0.1},
                                    {0.1, 0.1, 0.1, 0.7},
                                    {0.8, 0.1, 0.05, 0.05},
                                    {0.1, 0.1, 0.7, 0.1}};
    expect_equal("the way from behind", shown(best_way(back, turned)),
                 std::string("2 3 0 1"));
    // The best first word is not on the best way: 0 1 1 has 0.6 · 0.45 · 0.9,
    // and 1 1 1 has 0.4 · 0.9 · 0.9.
    const std::vector<Numbers> trap{{0.5, 0.5}, {0.0, 1.0}, {0.6, 0.4}};
    const std::vector<Numbers> uneven{{1, 1}, {0.1, 0.9}, {0.1, 0.9}};
    expect_equal("a way whose first step is not the best",
                 shown(best_way(trap, uneven)), std::string("1 1 1"));
    expect_equal("a way of one word", shown(best_way(trap, {{0.3, 0.6}})),
                 std::string("1"));
  });
  return exercises.result();
}
