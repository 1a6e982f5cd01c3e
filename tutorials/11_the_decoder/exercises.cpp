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
  });
  exercises.check(2, [] {
    const Variable s =
        Variable::parameter(vector({0.5, -1, 2, 0}).reshape({1, 4}));
    backward(cross_entropy(s, ids({1}), {.label_smoothing = 0.2}));
    expect_near("the gradient by the logits",
                surprise_backward(vector({0.5, -1, 2, 0}), 1, 0.2),
                s.gradient().reshape({4}));
  });
  exercises.check(3, [] {
    const Schedule schedule{.peak = std::pow(256 * 100.0, -0.5),
                            .warmup_steps = 100};
    for (const int step : {1, 50, 100, 400})
      expect_near("the rate of step " + std::to_string(step),
                  paper_rate(step, 256, 100), schedule.learning_rate(step),
                  1e-9);
  });
  exercises.check(4, [] {
    const Tensor weights =  // [batch, head, query, key]
        softmax(mask_scores(zeros({1, 1, 6, 6}), three_back()));
    const Tensor window =
        softmax(mask_scores(zeros({1, 1, 6, 6}), window_mask({.before = 3})));
    expect_near("the weights of six words that fit equally",
                weights.reshape({6, 6}), window.reshape({6, 6}));
  });
  return exercises.result();
}
