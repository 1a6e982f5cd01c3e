#include "tensor/ops/cross_entropy.h"

#include "tensor/create.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/pointwise.h"
#include "tensor/ops/reduce.h"
#include "tensor/ops/softmax.h"
#include "tensor/ops/top_k.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

const CrossEntropyOptions smoothed{.label_smoothing = 0.1, .ignore = 0};

/// Σ over real targets of (1−ε)(−log p_y) + ε/V Σ_j −log p_j, term by term.
double by_definition(const Tensor& logits, const Tensor& targets,
                     const CrossEntropyOptions& options) {
  const std::vector<double> log_p = log_softmax(logits).to_vector<double>();
  const std::vector<std::int32_t> ids = targets.to_vector<std::int32_t>();
  const std::int64_t vocab = logits.dim(-1);
  double loss = 0;
  for (std::int64_t row = 0; row < targets.size(); ++row) {
    const std::int32_t target = ids[row];
    if (target == options.ignore) continue;
    const double* row_log_p = log_p.data() + row * vocab;
    loss -= (1 - options.label_smoothing) * row_log_p[target];
    for (std::int64_t j = 0; j < vocab; ++j)
      loss -= options.label_smoothing / static_cast<double>(vocab) * row_log_p[j];
  }
  return loss;
}

/// Ids 0, step, 2 step, … modulo vocab.
Tensor every(std::int32_t step, std::int32_t vocab, const Shape& shape) {
  std::vector<std::int32_t> ids(shape.size());
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int32_t>(i) * step % vocab;
  return tensor_of<std::int32_t>(shape, ids);
}

}  // namespace

TEST_CASE("cross_entropy: by hand") {
  // Probabilities 1/4 and 3/4; the third row is padding.
  const double s = std::log(3.0);
  const Tensor logits = tensor_of<double>({3, 2}, {0, s, 0, s, 5, 5});
  const Tensor targets = tensor_of<std::int32_t>({3}, {0, 1, -100});
  const CrossEntropySum sum = cross_entropy(logits, targets);
  CHECK(sum.count.item<double>() == 2);
  CHECK(sum.loss.item<double>() == Approx(std::log(4.0) + std::log(4.0 / 3)));
  CHECK(sum.largest.to_vector<double>()[0] == s);
  CHECK(sum.normalizer.to_vector<double>()[0] == Approx(4.0 / 3));

  const Tensor gradient = cross_entropy_backward(logits, sum, targets, {}, full({}, 1, DType::f64));
  CHECK(close(gradient, tensor_of<double>({3, 2}, {-0.75, 0.75, 0.25, -0.25, 0, 0}), 1e-12, 1e-12));
}

TEST_CASE("cross_entropy: smoothed, as PyTorch's CrossEntropyLoss") {
  // F.cross_entropy([[1, 2, 3]], [0], label_smoothing=0.1) = 2.4076059 − 0.1 · (mean logit 2 − 1)
  const Tensor logits = tensor_of<double>({1, 3}, {1, 2, 3});
  const Tensor target = tensor_of<std::int32_t>({1}, {0});
  const CrossEntropySum sum = cross_entropy(logits, target, {.label_smoothing = 0.1});
  CHECK(sum.loss.item<double>() == Approx(2.4076059644443806 - 0.1));
}

TEST_CASE("cross_entropy: equals its definition; gradients of a row sum to zero") {
  const Tensor logits = normal({2, 30, 50}, 1);
  const Tensor targets = every(7, 50, {2, 30});
  const CrossEntropySum sum = cross_entropy(logits, targets, smoothed);
  CHECK(sum.loss.item<double>() == Approx(by_definition(logits, targets, smoothed)).epsilon(1e-12));
  CHECK(sum.count.item<double>() == 58);
  const Tensor gradient =
      cross_entropy_backward(logits, sum, targets, smoothed, full({}, 1, DType::f64));
  CHECK(close(sum_axis(gradient, 2), zeros({2, 30}, DType::f64), 0, 1e-13));
}

TEST_CASE("cross_entropy: f32 agrees with f64, two threads with one; huge logits stay finite") {
  const Tensor logits = scale(normal({200, 999}, 1), 30);
  const Tensor targets = every(5, 999, {200});
  const auto loss = [&](const auto& in) { return cross_entropy(in[0], targets, smoothed).loss; };
  const auto gradient = [&](const auto& in) {
    return cross_entropy_backward(in[0], cross_entropy(in[0], targets, smoothed), targets, smoothed,
                                  full({}, 0.5, in[0].dtype()));
  };
  CHECK(f32_agrees_with_f64(loss, {logits}));
  // A logit of 100 is known to 4e-6 in f32, and so is a probability, relatively.
  CHECK(close(gradient(std::vector<Tensor>{cast(logits, DType::f32)}),
              gradient(std::vector<Tensor>{logits}), 2e-5, 1e-5));
  const std::vector<Tensor> single = {cast(logits, DType::f32)};
  CHECK(same_on_two_threads([&] { return loss(single); }));
  CHECK(same_on_two_threads([&] { return gradient(single); }));
}

TEST_CASE("cross_entropy: errors name the position and the shapes") {
  const Tensor logits({2, 3});
  CHECK(contains(message_of([&] {
                   cross_entropy(logits, tensor_of<std::int32_t>({2}, {0, 3}));
                 }),
                 "id 3 at position 1 of ids [2] is not in 0 … 2"));
  CHECK(contains(message_of([&] { cross_entropy(logits, tensor_of<std::int32_t>({1}, {0})); }),
                 "targets [1] for logits [2, 3]"));
  CHECK(contains(
      message_of([&] {
        cross_entropy(logits, tensor_of<std::int32_t>({2}, {0, 1}), {.label_smoothing = 1.5});
      }),
      "1.5 is not between 0 and 1"));
}

TEST_CASE("cross_entropy: an offset that all logits of a row share costs f32 no digits") {
  const Tensor targets = ids({4, 0, 9, 2});
  for (const double offset : {0.0, 1e4, -1e4, 1e5, 1e6})
    for (const double smoothing : {0.0, 0.1}) {
      INFO("offset " << offset << ", smoothing " << smoothing);
      const CrossEntropyOptions options{.label_smoothing = smoothing};
      const Tensor logits = cast(normal({4, 10}, 1) * 3 + offset, DType::f32);  // rounded here
      const auto loss_and_gradient = [&](const Tensor& s) {
        const CrossEntropySum sum = cross_entropy(s, targets, options);
        return std::pair{sum.loss, cross_entropy_backward(s.clone(), sum, targets, options,
                                                          full({}, 1, s.dtype()))};
      };
      const auto [loss, gradient] = loss_and_gradient(logits);
      const auto [exact_loss, exact_gradient] = loss_and_gradient(cast(logits, DType::f64));
      CHECK(close(loss, exact_loss, 3e-7, 0));
      CHECK(close(gradient, exact_gradient, 0, 3e-7));
      const Tensor log_p = log_softmax(logits), exact = log_softmax(cast(logits, DType::f64));
      CHECK(close(log_p, exact, 3e-7, 3e-7));
      CHECK(close(exp(log_p), softmax(cast(logits, DType::f64)), 0, 2e-6));
      // what beam search subtracts
      const Tensor difference = cast(logits, DType::f64) - log_sum_exp(logits).reshape({4, 1});
      CHECK(close(difference, exact, 0, 1e-6));
    }
}
