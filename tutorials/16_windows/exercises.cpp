// The exercises of chapter 16. Write your lines where it says so, then type
// ./check.
#include <cmath>

#include "exercise.h"

using namespace lectern;

namespace {

/// Exercise 1: how many pairs of a query and a key a window leaves in a sentence
/// that is longer than both of its sides.
std::int64_t pairs(std::int64_t words, std::int64_t before,
                   std::int64_t after) {
  // [solution 1]
  const std::int64_t missing =  // at the beginning, and at the end
      before * (before + 1) / 2 + after * (after + 1) / 2;
  return words * (before + 1 + after) - missing;
  // [/solution]
}

/// Exercise 2: each layer has a window of its own, `sides[0]` to each side in
/// the first layer, and so on. Behind how many layers does a word first know of
/// one that stands so many places away? 0: behind none of them.
int layers_needed(std::int64_t places, const std::vector<std::int64_t>& sides) {
  // [solution 2]
  std::int64_t reach = 0;
  for (std::size_t layer = 0; layer < sides.size(); ++layer) {
    reach += sides[layer];
    if (reach >= places) return static_cast<int>(layer) + 1;
  }
  return 0;
  // [/solution]
}

/// From `begin` to before `end`.
struct Keys {
  std::int64_t begin, end;
};

/// Exercise 3: what a mask's program answers. The keys that the queries from
/// `begin` to before `end` see between them, none too few and none too many;
/// causal, nobody looks ahead.
Keys keys_of(std::int64_t begin, std::int64_t end, std::int64_t words,
             const Window& window, bool causal) {
  // [solution 3]
  const std::int64_t ahead = causal ? 0 : window.after;
  return {std::max<std::int64_t>(begin - window.before, 0),
          std::min(end + ahead, words)};
  // [/solution]
}

/// Exercise 4: attention through a window of `w` to each side, one block of `w`
/// queries after another, with at most 12 · words · w · d_head operations.
/// \param q, k, v  [words, d_head], words a multiple of w
/// \return         [words, d_head]
Tensor attend_by_blocks(const Tensor& q, const Tensor& k, const Tensor& v,
                        std::int64_t w) {
  // [solution 4]
  const std::int64_t words = q.dim(0);
  std::vector<Tensor> answers;
  for (std::int64_t begin = 0; begin < words; begin += w) {
    // The block itself, the one before and the one behind.
    const std::int64_t first = std::max<std::int64_t>(begin - w, 0);
    const std::int64_t last = std::min(begin + 2 * w, words);
    Tensor hidden = zeros({w, last - first});  // [query, key]
    for (std::int64_t i = 0; i < w; ++i)
      for (std::int64_t j = 0; j < last - first; ++j)
        if (std::abs(begin + i - first - j) > w) hidden.set({i, j}, -INFINITY);
    const Tensor fits =  // [query, key]
        matmul(slice(q, 0, begin, begin + w), slice(k, 0, first, last),
               {.transpose_b = true}) /
        std::sqrt(static_cast<double>(q.dim(1)));
    answers.push_back(matmul(softmax(fits + hidden), slice(v, 0, first, last)));
  }
  return concatenate(answers, 0);
  // [/solution]
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    for (const auto& [words, before, after] :
         {std::array{7, 2, 2}, {10, 3, 0}, {20, 1, 5}, {9, 0, 0}}) {
      const Mask mask = window_mask({.before = before, .after = after});
      expect_equal(
          text(words, " words, ", before, " before, ", after, " after"),
          static_cast<double>(pairs(words, before, after)),
          static_cast<double>(sum(visible(mask, words, words)).item()));
    }
  });
  exercises.check(2, [] {
    expect_equal("5 places, windows of 2, 2, 2", layers_needed(5, {2, 2, 2}),
                 3);
    expect_equal("5 places, windows of 1, 4, 2", layers_needed(5, {1, 4, 2}),
                 2);
    expect_equal("5 places, windows of 5", layers_needed(5, {5}), 1);
    expect_equal("5 places, windows of 1, 1", layers_needed(5, {1, 1}), 0);
  });
  exercises.check(3, [] {
    const std::int64_t words = 12;
    for (const bool causal : {false, true})
      for (const Window& window :
           {Window{.before = 2, .after = 1}, Window{.before = 0, .after = 20}})
        for (const std::int64_t begin : {0, 4, 9}) {
          const std::int64_t end = begin + 3;
          const Tensor seen =
              visible({.causal = causal, .window = window}, words, words);
          std::int64_t first = words, last = 0;
          for (std::int64_t query = begin; query < end; ++query)
            for (std::int64_t key = 0; key < words; ++key)
              if (seen.at({query, key}) > 0)
                first = std::min(first, key), last = std::max(last, key + 1);
          const Keys keys = keys_of(begin, end, words, window, causal);
          const std::string which =
              text(window.before, " before and ", window.after, " after",
                   causal ? ", causal" : "", ", queries ", begin, " to ", end);
          expect_equal("the first key of " + which, keys.begin, first);
          expect_equal("the end of the keys of " + which, keys.end, last);
        }
  });
  exercises.check(4, [] {
    for (const std::int64_t w : {4, 10}) {
      const std::int64_t words = 40, d_head = 8;
      const Tensor q = random_normal({words, d_head}, 1, {.seed = 1});
      const Tensor k = random_normal({words, d_head}, 1, {.seed = 2});
      const Tensor v = random_normal({words, d_head}, 1, {.seed = 3});
      const auto batch = [&](const Tensor& x) {
        return Variable(x.reshape({1, words, d_head}));
      };
      const Variable right = attend_by_definition(
          batch(q), batch(k), batch(v),
          {.mask = window_mask({.before = w, .after = w})});
      Tensor came;
      const std::int64_t count =
          operations([&] { came = attend_by_blocks(q, k, v, w); });
      expect_near(text("40 words, ", w, " to each side"), came,
                  right.value().reshape({words, d_head}));
      expect_at_most("operations", static_cast<double>(count),
                     static_cast<double>(12 * words * w * d_head));
    }
  });
  return exercises.result();
}
