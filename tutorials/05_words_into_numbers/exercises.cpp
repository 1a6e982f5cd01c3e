// The exercises of chapter 5. Write your lines where it says so, then type ./check.
#include <cmath>
#include <map>

#include "exercise.h"

using namespace lectern;

namespace {

using Pieces = std::vector<std::string>;

std::string joined(const Pieces& pieces) {
  std::string line;
  for (const std::string& piece : pieces)
    line += (line.empty() ? "" : "|") + piece;
  return line;
}

/// Exercise 1: how often `left` stands right before `right`. `words` has each word, in pieces, and
/// how often it occurs.
int count_pair(const std::map<Pieces, int>& words, const std::string& left,
               const std::string& right) {
  // [solution 1]
  int count = 0;
  for (const auto& [word, times] : words)
    for (std::size_t i = 0; i + 1 < word.size(); ++i)
      if (word[i] == left && word[i + 1] == right) count += times;
  return count;
  // [/solution]
}

/// Exercise 2: the rows of the table, without gather_rows and without embedding.
/// \param table  [vocab, d_model]  \param tokens  [length]  \return  [length, d_model]
Tensor rows_of(const Tensor& table, const Tensor& tokens) {
  // [solution 2]
  return matmul(one_hot(tokens, table.dim(0)), table);
  // [/solution]
}

/// Exercise 3: how the loss changes with the table, when it is known how it changes with the rows
/// that were looked up. \param d_rows  [length, d_model]  \return  [vocab, d_model]
Tensor slope_of_table(const Tensor& d_rows, const Tensor& tokens,
                      std::int64_t vocab) {
  // [solution 3]
  return matmul(transpose(one_hot(tokens, vocab)), d_rows);
  // [/solution]
}

/// Exercise 4: which other row points most nearly the same way. \param vectors  [vocab, d_model]
std::int64_t nearest(const Tensor& vectors, std::int64_t row) {
  // [solution 4]
  const Tensor length = sqrt(sum_axis(vectors * vectors, -1, KeepAxis::yes));
  const Tensor unit = vectors / length;                   // [vocab, d_model]
  const Tensor likeness = matmul(unit, transpose(unit));  // [vocab, vocab]
  const Tensor mine = select(likeness, 0, row).reshape({1, -1});
  const TopK best = top_k(mine, 2);
  const auto first = best.indices.at<std::int64_t>({0, 0});
  return first == row ? best.indices.at<std::int64_t>({0, 1}) : first;
  // [/solution]
}

/// Exercise 5: cuts a word where a letter meets what is no letter, as SentencePiece does before it
/// learns: "▁J'aime" becomes "▁J", "'" and "aime". A byte below 128 that is neither A–Z nor a–z is
/// no letter; every other byte belongs to one, ▁ too.
Pieces cut_at_letters(const std::string& word) {
  // [solution 5]
  const auto letter = [](char byte) {
    return (byte & 0x80) != 0 || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z');
  };
  Pieces pieces;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (i == 0 || letter(word[i]) != letter(word[i - 1])) pieces.emplace_back();
    pieces.back() += word[i];
  }
  return pieces;
  // [/solution]
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    const std::map<Pieces, int> words{{{"▁", "al", "t"}, 3},
                                      {{"▁", "k", "al", "t"}, 2},
                                      {{"▁", "W", "al", "d"}, 1},
                                      {{"l", "al", "t", "al", "t"}, 1}};
    expect_equal("al before t", count_pair(words, "al", "t"), 7);
    expect_equal("t before al", count_pair(words, "t", "al"), 1);
    expect_equal("d before al", count_pair(words, "d", "al"), 0);
    expect_equal("k before al", count_pair(words, "k", "al"), 2);
    expect_equal("a before a in aaa",
                 count_pair({{{"a", "a", "a"}, 4}}, "a", "a"), 8);
  });
  const Tensor table = random_normal({5, 3}, 1.0, {.seed = 5});
  const Tensor tokens = ids({4, 0, 4, 2});
  exercises.check(2, [&] {
    expect_near("the rows 4, 0, 4 and 2", rows_of(table, tokens),
                gather_rows(table, tokens));
    const Tensor other = random_normal({7, 2}, 1.0, {.seed = 7});
    expect_near("the rows 6, 1 and 3 of another table",
                rows_of(other, ids({6, 1, 3})),
                gather_rows(other, ids({6, 1, 3})));
  });
  exercises.check(3, [&] {
    for (const std::int64_t vocab : {5, 9}) {
      const Variable parameter =
          Variable::parameter(random_normal({vocab, 3}, 1.0, {.seed = 5}));
      const Tensor d_rows = random_normal({4, 3}, 1.0, {.seed = 6});
      backward(sum(embedding(parameter, tokens) * Variable(d_rows)));
      expect_near(text("the slope by a table of ", vocab, " rows"),
                  slope_of_table(d_rows, tokens, vocab), parameter.gradient());
    }
  });
  exercises.check(4, [] {
    const Tensor vectors = matrix({{1, 0}, {9, 9}, {3, 0.3}, {-1, 0}, {0, 2}});
    expect_equal("nearest to row 0", nearest(vectors, 0), std::int64_t{2});
    expect_equal("nearest to row 4", nearest(vectors, 4), std::int64_t{1});
    // A short one that points a little aside, a long one nearly the same way.
    const Tensor sizes = matrix({{4, 0}, {0.2, 0.1}, {20, 2}});
    expect_equal("nearest to [4 0] of [0.2 0.1] and [20 2]", nearest(sizes, 0),
                 std::int64_t{2});
    expect_equal("nearest to [0.2 0.1] of [4 0] and [20 2]", nearest(sizes, 1),
                 std::int64_t{2});
    const Tensor turned =
        matrix({{1, 0, 0}, {0, 0, 2}, {-5, 0, 0.1}, {0, 1, 1}});
    expect_equal("nearest to [0 0 2]", nearest(turned, 1), std::int64_t{3});
  });
  exercises.check(5, [] {
    expect_equal("▁J'aime", joined(cut_at_letters("▁J'aime")),
                 std::string("▁J|'|aime"));
    expect_equal("▁großen.", joined(cut_at_letters("▁großen.")),
                 std::string("▁großen|."));
    expect_equal("b2b", joined(cut_at_letters("b2b")), std::string("b|2|b"));
    expect_equal("(3.14)kg", joined(cut_at_letters("(3.14)kg")),
                 std::string("(3.14)|kg"));
    expect_equal("a_b@C[z]", joined(cut_at_letters("a_b@C[z]")),
                 std::string("a|_|b|@|C|[|z|]"));
    expect_equal("Été", joined(cut_at_letters("Été")), std::string("Été"));
  });
  return exercises.result();
}
