// The exercises of chapter 15. Write your lines where it says so, then type
// ./check.
#include <cmath>

#include "attention/ops/fused/attend_fused.h"
#include "exercise.h"

using namespace lectern;

namespace {

/// Exercise 1: the logarithm of the sum of e^fit over all fits, which may be
/// large: e^1000 is no number.
double log_sum_exp(const std::vector<double>& fits) {
  // [solution 1]
  double highest = -INFINITY, sum = 0;
  for (const double fit : fits) {
    const double higher = std::max(highest, fit);
    sum = sum * std::exp(highest - higher) + std::exp(fit - higher);
    highest = higher;
  }
  return highest + std::log(sum);
  // [/solution]
}

/// What attention to some keys leaves.
struct Part {
  Tensor output;       // [query, d_head]
  Tensor log_sum_exp;  // [query, 1]
};

/// Exercise 2: two people have read one half of the keys each. The answer to all
/// keys, [query, d_head].
Tensor merge(const Part& a, const Part& b) {
  // [solution 2]
  const Tensor higher = maximum(a.log_sum_exp, b.log_sum_exp);  // [query, 1]
  const Tensor of_a = exp(a.log_sum_exp - higher);              // [query, 1]
  const Tensor of_b = exp(b.log_sum_exp - higher);              // [query, 1]
  return (a.output * of_a + b.output * of_b) / (of_a + of_b);
  // [/solution]
}

/// Exercise 3: the answer to keys some of which a mask hides: their fit is −∞.
/// Who sees no key gets 0. One score after the other.
double attend_to(const std::vector<double>& fits,
                 const std::vector<double>& values) {
  // [solution 3]
  double highest = -INFINITY, sum = 0, mixed = 0;
  for (std::size_t key = 0; key < fits.size(); ++key) {
    if (fits[key] == -INFINITY) continue;  // −∞ − (−∞) is no number
    const double higher = std::max(highest, fits[key]);
    const double shrink = std::exp(highest - higher);
    const double weight = std::exp(fits[key] - higher);
    sum = sum * shrink + weight;
    mixed = mixed * shrink + weight * values[key];
    highest = higher;
  }
  return sum == 0 ? 0 : mixed / sum;
  // [/solution]
}

/// Exercise 4: the cross entropy behind an output layer, the mean over the
/// tokens, without storing a logit for each token and each word of the
/// vocabulary. gather_rows(table, targets) is the table's row of each target,
/// [token, d_model]. \param states  [token, d_model]
/// \param table  [vocab, d_model] \param targets  i32 [token]
double loss_in_pieces(const Tensor& states, const Tensor& table,
                      const Tensor& targets) {
  // [solution 4]
  const Shape column{states.dim(0), 1};
  Tensor highest = full(column, -INFINITY), sum = zeros(column);  // [token, 1]
  for (std::int64_t begin = 0; begin < table.dim(0); begin += 100) {
    const std::int64_t end = std::min(begin + 100, table.dim(0));
    const Tensor logits =  // [token, some of vocab]
        matmul(states, slice(table, 0, begin, end), {.transpose_b = true});
    const Tensor higher =
        maximum(highest, max_axis(logits, 1, KeepAxis::yes));  // [token, 1]
    sum = sum * exp(highest - higher) +
          sum_axis(exp(logits - higher), 1, KeepAxis::yes);
    highest = higher;
  }
  const Tensor of_target =  // [token, 1]
      sum_axis(states * gather_rows(table, targets), 1, KeepAxis::yes);
  return mean(highest + log(sum) - of_target).item();
  // [/solution]
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    expect_near("of 0, 2, 0 and 4", log_sum_exp({0, 2, 0, 4}),
                std::log(2 + std::exp(2) + std::exp(4)), 1e-12);
    expect_near("of 1000 and 1000", log_sum_exp({1000, 1000}),
                1000 + std::log(2), 1e-9);
    expect_near("of -1000, -1001 and -999", log_sum_exp({-1000, -1001, -999}),
                -999 + std::log(1 + std::exp(-1) + std::exp(-2)), 1e-9);
  });
  exercises.check(2, [] {
    for (const double size : {1.0, 30.0}) {
      const Tensor q = random_normal({1, 5, 8}, size, {.seed = 1});
      const Tensor k = random_normal({1, 20, 8}, 1, {.seed = 2});
      const Tensor v = random_normal({1, 20, 8}, 1, {.seed = 3});
      const auto part = [&](std::int64_t begin, std::int64_t end) {
        const AttendResult result = attend_fused(q, slice(k, 1, begin, end),
                                                 slice(v, 1, begin, end), {});
        return Part{result.output.reshape({5, 8}),
                    result.log_sum_exp.reshape({5, 1})};
      };
      for (const std::int64_t middle : {1, 12})
        expect_near(text("20 keys, parted behind key ", middle),
                    merge(part(0, middle), part(middle, 20)),
                    part(0, 20).output);
    }
  });
  exercises.check(3, [] {
    const double no = -INFINITY;
    expect_near("fits 0 2 0 4", attend_to({0, 2, 0, 4}, {1, 6, 0, 9}), 8.3879);
    expect_near("fits −∞ −∞ 1 1", attend_to({no, no, 1, 1}, {5, 6, 7, 8}), 7.5);
    expect_near("fits 3 −∞ 3", attend_to({3, no, 3}, {1, 100, 2}), 1.5);
    expect_near("fits −∞ −∞", attend_to({no, no}, {1, 2}), 0);
  });
  exercises.check(4, [] {
    const Tensor states = random_normal({200, 16}, 1, {.seed = 1});
    const Tensor table = random_normal({4030, 16}, 1, {.seed = 2});
    const Tensor targets = random_integers({200}, 0, 4030, {.seed = 3});
    const Variable logits(matmul(states, table, {.transpose_b = true}));
    const double right = cross_entropy(logits, targets).value().item();
    double came = 0;
    const std::int64_t bytes =
        peak_bytes([&] { came = loss_in_pieces(states, table, targets); });
    expect_near("the loss", came, right);
    expect_at_most("bytes at once; all logits would be 3,224,000",
                   static_cast<double>(bytes), 1e6);
  });
  return exercises.result();
}
