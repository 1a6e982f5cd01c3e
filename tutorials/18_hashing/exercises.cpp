// The exercises of chapter 18. Write your lines where it says so, and type
// ./check.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <vector>

#include "exercise.h"

using namespace lectern;

namespace {

/// Exercise 1: an arrow of shape [2, 1] (two rows, one column), in front of whose
/// line the points (1, 2) and (2, 3) lie, and behind it (2, 1) and (3, 1): the
/// products with it are positive, or negative.
Tensor arrow_between() {
  // [solution 1]
  return matrix({{-1}, {1}});
  // [/solution]
}

/// Exercise 2: how many rounds it takes at least until two vectors have met with
/// the probability `wanted`.
/// \param angle   between them, in radians
/// \param planes  of a round
int rounds_needed(double angle, int planes, double wanted) {
  // [solution 2]
  const double once = std::pow(1 - angle / std::numbers::pi, planes);
  return static_cast<int>(std::ceil(std::log(1 - wanted) / std::log(1 - once)));
  // [/solution]
}

/// Exercise 3: whom a token sees in one round where nobody looks ahead and
/// nobody looks into other buckets: the last `window` tokens before it that are
/// in its own bucket.
/// \param bucket  of every token
std::vector<int> seen(const std::vector<int>& bucket, int token, int window) {
  // [solution 3]
  std::vector<int> tokens;
  for (int other = token - 1; other >= 0; --other)
    if (bucket[static_cast<std::size_t>(other)] ==
            bucket[static_cast<std::size_t>(token)] &&
        static_cast<int>(tokens.size()) < window)
      tokens.push_back(other);
  return tokens;
  // [/solution]
}

/// Exercise 4: how much of the attention's mass lies on keys that were met: the
/// mean over all queries.
/// \param scores  [query, key]
/// \param met     [query, key], more than 0 where the two have met
double mass_of(const Tensor& scores, const Tensor& met) {
  // [solution 4]
  const Tensor shares = softmax(scores);         // [query, key]
  const Tensor kept = shares * greater(met, 0);  // [query, key]
  return sum(kept).item() / static_cast<double>(scores.dim(0));
  // [/solution]
}

/// Exercise 5: the answer of two rounds that met different keys. Each round
/// comes with an answer of its own, a softmax over its keys alone, and with the
/// logarithm of the sum of e^score over them.
/// \param a,b        [query, d_head], the answers
/// \param log_a,log_b  [query, 1]
/// \return           [query, d_head], the answer of one softmax over all keys
Tensor merged(const Tensor& a, const Tensor& log_a, const Tensor& b,
              const Tensor& log_b) {
  // [solution 5]
  const Tensor largest = maximum(log_a, log_b);  // so that no e^x overflows
  const Tensor share_a = exp(log_a - largest);   // [query, 1]
  const Tensor share_b = exp(log_b - largest);
  return (a * share_a + b * share_b) / (share_a + share_b);
  // [/solution]
}

std::string yes(bool it_is) { return it_is ? "yes" : "no"; }

Tensor drawn_buckets(std::int64_t length, std::uint64_t seed) {
  return random_integers({length}, 0, 4, {.seed = seed});  // [length]
}

void check_seen() {
  for (const std::uint64_t seed : {1, 2, 3})
    for (const int window : {1, 3}) {
      const Tensor drawn = drawn_buckets(20, seed);
      const auto ids = drawn.to_vector<std::int32_t>();
      const std::vector<int> bucket(ids.begin(), ids.end());
      const LshOptions lsh{.rule = CandidateRule::same_bucket,
                           .rounds = 1,
                           .window = window,
                           .buckets = 4,
                           .exact_below = 0};
      const Tensor met =
          lsh_meetings(drawn.reshape({1, 1, 1, 20}), lsh, causal_mask());
      for (int token = 0; token < 20; ++token) {
        std::set<int> expected;
        for (int other = 0; other < token; ++other)
          if (met.at<double>({0, 0, token, other}) > 0) expected.insert(other);
        const std::vector<int> came = seen(bucket, token, window);
        const auto words = [](const auto& tokens) {
          std::string line;
          for (const int each : tokens) line += text(each, " ");
          return line.empty() ? "nobody" : line;
        };
        expect_equal(text("whom token ", token, " of 20 sees, window ", window),
                     words(std::set<int>(came.begin(), came.end())),
                     words(expected));
      }
    }
}

void check_mass() {
  for (const int rounds : {1, 3}) {
    const std::int64_t n = 96;
    const Tensor q = random_normal({1, n, 8}, 1.5, {.seed = 4});
    const LshOptions lsh{
        .rounds = rounds, .chunk = 8, .buckets = 8, .exact_below = 0};
    const Tensor buckets = lsh_buckets_of(q, lsh, {}, {.seed = 5});
    const Tensor met =
        cast(lsh_meetings(buckets, lsh, no_mask()), DType::f32).reshape({n, n});
    const Tensor keys =
        keys_of_queries(Variable(q.reshape({1, 1, n, 8}))).value();
    const Tensor scores =
        matmul(q.reshape({n, 8}), transpose(keys.reshape({n, 8}))) -
        identity(n) * 1e6;
    expect_near(rounds == 1 ? "the mass that 1 round holds"
                            : text("the mass that ", rounds, " rounds hold"),
                mass_of(scores, met),
                lsh_quality(q, lsh, {}, {.seed = 5}).front().mass, 1e-4);
  }
}

void check_merged() {
  for (const double size : {1.0, 200.0}) {
    const Tensor q =
        random_normal({3, 4}, size, {.seed = 1});            // [query, d_head]
    const Tensor k = random_normal({7, 4}, 1, {.seed = 2});  // [key, d_head]
    const Tensor v = random_normal({7, 4}, 1, {.seed = 3});  // [key, d_head]
    const Tensor scores = matmul(q, transpose(k));           // [query, key]
    const auto round = [&](std::int64_t begin, std::int64_t end) {
      const Tensor part = slice(scores, 1, begin, end);
      return std::pair{matmul(softmax(part), v.slice(begin, end)),
                       cast(log_sum_exp(part), DType::f32).reshape({3, 1})};
    };
    const auto [a, log_a] = round(0, 2);
    const auto [b, log_b] = round(2, 7);
    expect_near(text("the answer of both rounds, scores up to ", size, " long"),
                merged(a, log_a, b, log_b), matmul(softmax(scores), v));
  }
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    const Tensor points = matrix({{1, 2}, {2, 3}, {2, 1}, {3, 1}});
    const Tensor along = matmul(points, arrow_between());  // [point, 1]
    for (const std::int64_t point : {0, 1, 2, 3})
      expect_equal(text("point ", point + 1, " of 4 lies in front"),
                   yes(along.at({point, 0}) > 0), yes(point < 2));
  });
  exercises.check(2, [] {
    for (const double degrees : {20.0, 35.0, 60.0})
      for (const int planes : {4, 8})
        for (const double wanted : {0.5, 0.9}) {
          const double angle = degrees * std::numbers::pi / 180;
          const int came = rounds_needed(angle, planes, wanted);
          const double once = std::pow(1 - degrees / 180, planes);
          int expected = 1;
          while (1 - std::pow(1 - once, expected) < wanted) ++expected;
          expect_equal(text("rounds for ", degrees, " degrees, ", planes,
                            " planes, probability ", wanted),
                       came, expected);
        }
  });
  exercises.check(3, check_seen);
  exercises.check(4, check_mass);
  exercises.check(5, check_merged);
  return exercises.result();
}
