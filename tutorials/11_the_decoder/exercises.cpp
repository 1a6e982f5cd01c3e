// The exercises of chapter 11. Write your lines where it says so, then type ./check.
#include <algorithm>
#include <cmath>

#include "exercise.h"

using namespace lectern;

namespace {

/// Exercise 1: what the decoder reads, given what it is to say: the tokens moved one place on, with
/// <s>, token 1, in front. \param says  i32 [target], ends with </s>
Tensor reads(const Tensor& says) {
  // [solution 1]
  return concatenate({ids({1}), slice(says, 0, 0, says.size() - 1)}, 0);
  // [/solution]
}

/// Exercise 2: the derivative of the smoothed cross entropy by the logits, without the tape: p - q.
/// \param logits   [vocab]
/// \param target   which token is right
/// \param epsilon  how much of the probability is spread over all tokens
Tensor surprise_backward(const Tensor& logits, std::int32_t target,
                         double epsilon) {
  // [solution 2]
  const double share = epsilon / static_cast<double>(logits.size());
  const Tensor right =
      one_hot(ids({target}), logits.size()).reshape({-1});  // [vocab]
  return softmax(logits) - ((1 - epsilon) * right + share);
  // [/solution]
}

/// Exercise 3: the paper's learning rate, equation 3.
double paper_rate(double step, double d_model, double warmup) {
  // [solution 3]
  return std::pow(d_model, -0.5) *
         std::min(std::pow(step, -0.5), step * std::pow(warmup, -1.5));
  // [/solution]
}

/// Exercise 4: a mask for a decoder that may look at the word it is at and at the three before it,
/// and no farther.
Mask three_back() {
  // [solution 4]
  return pair_mask([](std::int64_t query, std::int64_t key) {
    return key <= query && query - key <= 3;
  });
  // [/solution]
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    const Tensor got = reads(ids({7, 8, 9, 2}));
    expect_near("read for 7 8 9 </s>", cast(got, DType::f32),
                vector({1, 7, 8, 9}), 0);
    expect_near("read for 5 3 3 11 4 </s>",
                cast(reads(ids({5, 3, 3, 11, 4, 2})), DType::f32),
                vector({1, 5, 3, 3, 11, 4}), 0);
    expect_near("read for </s> alone", cast(reads(ids({2})), DType::f32),
                vector({1}), 0);
  });
  exercises.check(2, [] {
    for (const std::int64_t vocab : {4, 7})
      for (const double epsilon : {0.0, 0.2})
        for (const std::int32_t target : {1, 3}) {
          const Tensor logits = random_normal({vocab}, 2, {.seed = 1});
          const Variable s = Variable::parameter(logits.reshape({1, vocab}));
          backward(
              cross_entropy(s, ids({target}), {.label_smoothing = epsilon}));
          expect_near(text("the gradient by ", vocab, " logits, token ", target,
                           " is right, epsilon = ", epsilon),
                      surprise_backward(logits, target, epsilon),
                      s.gradient().reshape({vocab}));
        }
  });
  exercises.check(3, [] {
    for (const int d_model : {256, 512})
      for (const int warmup : {100, 4000}) {
        const Schedule schedule{
            .peak = std::pow(static_cast<double>(d_model) * warmup, -0.5),
            .warmup_steps = warmup};
        for (const int step : {1, 50, 100, 400, 9000})
          expect_near(text("the rate of step ", step, ", d_model = ", d_model,
                           ", warmup = ", warmup),
                      paper_rate(step, d_model, warmup),
                      schedule.learning_rate(step), 1e-9);
      }
  });
  exercises.check(4, [] {
    for (const std::int64_t n : {6, 11}) {
      const Tensor weights =  // [batch, head, query, key]
          softmax(mask_scores(zeros({1, 1, n, n}), three_back()));
      const Tensor window =
          softmax(mask_scores(zeros({1, 1, n, n}), window_mask({.before = 3})));
      expect_near(text("the weights of ", n, " words that fit equally"),
                  weights.reshape({n, n}), window.reshape({n, n}));
    }
  });
  return exercises.result();
}
