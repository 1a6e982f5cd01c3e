// The exercises of chapter 14. Write your lines where it says so, then type
// ./check.
#include <cmath>
#include <list>

#include "exercise.h"

using namespace lectern;

namespace {

/// Exercise 1: the multiplications and additions of one layer of the encoder,
/// forwards, for a sentence of so many words.
std::int64_t operations_of_a_layer(std::int64_t words, std::int64_t d_model,
                                   std::int64_t d_ff) {
  // [solution 1]
  const std::int64_t weights = 4 * d_model * d_model + 2 * d_model * d_ff;
  return 2 * words * weights + 4 * words * words * d_model;
  // [/solution]
}

/// Exercise 2: how many words the longest sentence has whose scores fit into so
/// many bytes: four bytes for each fit of each head, of one layer.
std::int64_t longest_sentence(double bytes, int heads) {
  // [solution 2]
  return static_cast<std::int64_t>(std::sqrt(bytes / (4.0 * heads)));
  // [/solution]
}

/// A layer of which somebody has measured how long it takes.
struct Measured {
  double words, seconds;
};

/// Exercise 3: how long it will take, from two measurements.
double seconds_for(double words, Measured one, Measured two) {
  // [solution 3]
  // seconds / words = a + b · words: a straight line through two points.
  const double first = one.seconds / one.words;
  const double b = (two.seconds / two.words - first) / (two.words - one.words);
  const double a = first - b * one.words;
  return (a + b * words) * words;
  // [/solution]
}

/// A cache of 32 lines of 8 numbers. What was not used for longest makes room.
class Cache {
 public:
  /// \return  whether the line had to be fetched
  bool ask_for(int line) {
    const auto place = std::find(lines_.begin(), lines_.end(), line);
    const bool fetched = place == lines_.end();
    if (!fetched) lines_.erase(place);
    lines_.push_front(line);
    if (lines_.size() > 32) lines_.pop_back();
    fetched_ += fetched;
    return fetched;
  }
  int fetched() const { return fetched_; }

 private:
  std::list<int> lines_;  // the newest first
  int fetched_ = 0;
};

/// A matrix [32, 32], row by row in a memory behind a cache.
class Matrix {
 public:
  Matrix(const Tensor& numbers, Cache& cache, int first_line)
      : numbers_(numbers), cache_(cache), first_line_(first_line) {}
  float operator()(int row, int column) const {
    cache_.ask_for(first_line_ + (32 * row + column) / 8);
    return static_cast<float>(numbers_.at({row, column}));
  }

 private:
  Tensor numbers_;
  Cache& cache_;
  int first_line_;
};

/// Exercise 4: y = x w, all three [32, 32], with at most 640 lines fetched. The
/// order i, j, p of three loops fetches 32,896. Writing to y is free.
void multiply(const Matrix& x, const Matrix& w, float (&y)[32][32]) {
  // [solution 4]
  // Eight rows of x at a time: so often less is w read from its beginning. The
  // lines of eight rows, and the line of w that is at work, fit the cache.
  for (int first = 0; first < 32; first += 8)
    for (int p = 0; p < 32; ++p)
      for (int j = 0; j < 32; ++j) {
        const float factor = w(p, j);
        for (int i = first; i < first + 8; ++i) y[i][j] += x(i, p) * factor;
      }
  // [/solution]
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    Initializer init(1);
    for (const auto& [words, d_model, d_ff] :
         {std::array{7, 16, 64}, {30, 8, 20}, {100, 32, 32}}) {
      const EncoderLayer layer({.d_model = d_model,
                                .nhead = 2,
                                .dim_feedforward = d_ff,
                                .dropout = 0,
                                .attention_dropout = 0},
                               nullptr, init);
      const Variable x(zeros({1, words, d_model}));
      expect_equal(
          text("of ", words, " words, d_model ", d_model, ", d_ff ", d_ff),
          operations_of_a_layer(words, d_model, d_ff),
          operations([&] { layer(x, no_mask()); }));
    }
  });
  exercises.check(2, [] {
    expect_equal("16 thousand million bytes, 8 heads",
                 longest_sentence(16e9, 8), std::int64_t{22360});
    expect_equal("32 bytes, 2 heads", longest_sentence(32, 2), std::int64_t{2});
    expect_equal("10,000 bytes, one head", longest_sentence(1e4, 1),
                 std::int64_t{50});
  });
  exercises.check(3, [] {
    expect_near("1,000 words take 3 s and 2,000 take 8: 4,000 words",
                seconds_for(4000, {1000, 3}, {2000, 8}), 24);
    for (const double a : {1e-4, 3e-5})
      for (const double b : {0.0, 2e-8, 5e-7}) {
        const auto takes = [&](double words) {
          return Measured{words, a * words + b * words * words};
        };
        expect_near(text("another layer: ", takes(500).seconds, " s and ",
                         takes(3000).seconds,
                         " s for 500 and 3,000 words; "
                         "10,000"),
                    seconds_for(1e4, takes(500), takes(3000)),
                    takes(1e4).seconds, 1e-6);
      }
  });
  exercises.check(4, [] {
    const Tensor x = random_normal({32, 32}, 1, {.seed = 1});
    const Tensor w = random_normal({32, 32}, 1, {.seed = 2});
    Cache cache;
    float y[32][32] = {};
    multiply(Matrix(x, cache, 0), Matrix(w, cache, 128), y);
    Tensor came = zeros({32, 32});
    for (int i = 0; i < 32; ++i)
      for (int j = 0; j < 32; ++j) came.set({i, j}, y[i][j]);
    expect_near("the product", came, matmul(x, w));
    expect_at_most("lines fetched", cache.fetched(), 640);
  });
  return exercises.result();
}
