#include "tensor/ops/top_k.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

using Numbers = std::vector<float>;
using Indices = std::vector<std::int32_t>;

}  // namespace

TEST_CASE("top_k: the largest numbers of each row and where they stand, by hand") {
  const TopK best = top_k(tensor_of<float>({2, 4}, {1, 4, 2, 3, -1, -5, -2, -3}), 2);
  CHECK(best.values.to_vector<float>() == Numbers{4, 3, -1, -2});
  CHECK(best.indices.to_vector<std::int32_t>() == Indices{1, 3, 0, 2});
}

TEST_CASE("top_k: of equal numbers the first comes first") {
  const TopK best = top_k(tensor_of<float>({1, 5}, {2, 7, 2, 7, 2}), 4);
  CHECK(best.values.to_vector<float>() == Numbers{7, 7, 2, 2});
  CHECK(best.indices.to_vector<std::int32_t>() == Indices{1, 3, 0, 2});
  const TopK all_alike = top_k(zeros({1, 300}), 3);
  CHECK(all_alike.indices.to_vector<std::int32_t>() == Indices{0, 1, 2});
}

TEST_CASE("top_k is the beginning of a stable sort, at any length") {
  for (const std::int64_t choices : {1, 2, 7, 127, 128, 129, 1000}) {
    const Tensor x = normal({3, choices}, static_cast<std::uint32_t>(choices), DType::f32);
    for (const std::int64_t k : {std::int64_t{1}, std::min<std::int64_t>(12, choices), choices}) {
      const TopK best = top_k(x, k);
      for (std::int64_t r = 0; r < 3; ++r) {
        const Numbers row = x.slice(r, r + 1).to_vector<float>();
        Indices sorted(choices);
        std::iota(sorted.begin(), sorted.end(), 0);
        std::stable_sort(sorted.begin(), sorted.end(),
                         [&](std::int32_t a, std::int32_t b) { return row[a] > row[b]; });
        sorted.resize(k);
        CHECK(best.indices.slice(r, r + 1).to_vector<std::int32_t>() == sorted);
        const Numbers values = best.values.slice(r, r + 1).to_vector<float>();
        CHECK(std::equal(values.begin(), values.end(), sorted.begin(),
                         [&](float value, std::int32_t place) { return value == row[place]; }));
      }
    }
  }
}

TEST_CASE("log_sum_exp: by hand, and however large the numbers") {
  const auto y = numbers(log_sum_exp(
      tensor_of<double>({3, 2}, {std::log(1.0), std::log(3.0), 1000, 1000, -1000, -1000})));
  CHECK(y[0] == Approx(std::log(4.0)));
  CHECK(y[1] == Approx(1000 + std::log(2.0)));
  CHECK(y[2] == Approx(-1000 + std::log(2.0)));
}

TEST_CASE("rank_rows is top_k and log_sum_exp") {
  for (const std::int64_t choices : {3, 128, 1000}) {
    const Tensor x = normal({20, choices}, static_cast<std::uint32_t>(choices), DType::f32);
    const RankedRows ranked = rank_rows(x, 3);
    CHECK(ranked.best.values.to_vector<float>() == top_k(x, 3).values.to_vector<float>());
    CHECK(ranked.best.indices.to_vector<std::int32_t>() ==
          top_k(x, 3).indices.to_vector<std::int32_t>());
    CHECK(numbers(ranked.log_sum_exp) == numbers(log_sum_exp(x)));
  }
}

TEST_CASE("top_k: numbers that are -inf are chosen in order, too") {
  std::vector<float> row(400, -std::numeric_limits<float>::infinity());
  row[300] = 1;
  const Tensor x = tensor_of<float>({1, 400}, row);
  CHECK(top_k(x, 3).indices.to_vector<std::int32_t>() == Indices{300, 0, 1});
}

TEST_CASE("top_k and log_sum_exp: two threads as one, f32 as f64") {
  const Tensor x = normal({100, 500}, 1);
  CHECK(same_on_two_threads([&] { return top_k(x, 7).values; }));
  CHECK(same_on_two_threads([&] { return top_k(x, 7).indices; }));
  CHECK(same_on_two_threads([&] { return log_sum_exp(x); }));
  CHECK(f32_agrees_with_f64([](const auto& in) { return log_sum_exp(in[0]); }, {x}));
}

TEST_CASE("top_k and log_sum_exp say what does not fit") {
  const Tensor x = normal({2, 4}, 1);
  for (const std::int64_t k : {0, 5})
    CHECK(contains(message_of([&] { top_k(x, k); }), "needs [row, choice >= k], got [2, 4]"));
  CHECK(contains(message_of([] { log_sum_exp(normal({3}, 1)); }), "needs [row, choice], got [3]"));
}
