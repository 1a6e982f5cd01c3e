#include "models/adaptive_softmax.h"

#include <cmath>

#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/permute.h"
#include "models/recurrent_language_model.h"
#include "tensor/ops/arithmetic.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

/// 11 words, of which three are frequent; clusters of three and five, 4 numbers and 1 wide.
AdaptiveSoftmax::Options small() { return {.d_model = 16, .vocab = 11, .cutoffs = {3, 6}}; }

Tensor waves(int which, const Shape& shape) {
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < shape.size(); ++i)
    numbers.push_back(0.5 * std::sin(1 + 3 * which + 0.7 * static_cast<double>(i)));
  return tensor_of<double>(shape, numbers);
}

/// Every parameter a wave, but for the biases that PyTorch's has not.
AdaptiveSoftmax softmax_of_waves() {
  Initializer init(1, DType::f64);
  AdaptiveSoftmax softmax(small(), init);
  int which = 0;
  for (NamedParameter& parameter : parameters(softmax)) {
    const Shape shape = parameter.variable.shape();
    const bool in_pytorch = parameter.name == "head.bias" || shape.rank() == 2;
    parameter.variable.set_value(in_pytorch ? waves(which, shape) : zeros(shape, DType::f64));
    ++which;
  }
  return softmax;
}

Tensor six_targets() { return tensor_of<std::int32_t>({6}, {0, 4, 10, 2, 5, 7}); }

/// What a model's parameters, and x, learn from a loss.
std::vector<Tensor> gradients(Module& model, Variable& x, const Variable& loss) {
  backward(loss);
  std::vector<Tensor> all{x.gradient().clone()};
  x.zero_gradient();
  for (NamedParameter& parameter : parameters(model)) {
    INFO(parameter.name);
    REQUIRE(parameter.variable.gradient().defined());
    all.push_back(parameter.variable.gradient().clone());
    parameter.variable.zero_gradient();
  }
  return all;
}

}  // namespace

TEST_CASE("adaptive softmax: PyTorch's AdaptiveLogSoftmaxWithLoss") {
  AdaptiveSoftmax softmax = softmax_of_waves();
  std::vector<std::string> names;
  for (const NamedParameter& parameter : parameters(softmax)) names.push_back(parameter.name);
  CHECK(names == std::vector<std::string>{"head.weight", "head.bias",
                                          "clusters.0.projection.weight",
                                          "clusters.0.projection.bias", "clusters.0.output.weight",
                                          "clusters.0.output.bias", "clusters.1.projection.weight",
                                          "clusters.1.projection.bias", "clusters.1.output.weight",
                                          "clusters.1.output.bias"});

  // torch 2: AdaptiveLogSoftmaxWithLoss(16, 11, [3, 6], div_value=4, head_bias=True), in f64
  Variable x = Variable::parameter(waves(9, {6, 16}));
  CHECK(close(
      softmax(x).value().slice(1, 2).reshape({11}),
      tensor_of<double>({11}, {-1.755387881899, -1.828833574670, -1.738921481797, -2.616496334965,
                               -2.624671680188, -2.638609747610, -3.119362637143, -2.914773899749,
                               -2.787389642951, -2.797120673156, -2.939390334807}),
      1e-10, 1e-10));
  const Variable loss = softmax.cross_entropy(x, six_targets(), {});
  CHECK(loss.value().item<double>() == Approx(2.449781464537943).epsilon(1e-12));
  backward(loss);
  CHECK(close(
      x.gradient().slice(2, 3).reshape({16}),
      tensor_of<double>({16}, {0.070868695751, -0.065918569142, 0.076299225067, -0.045445112007,
                               0.033350809399, -0.011024994016, -0.028069720037, 0.034096240440,
                               -0.065548892795, 0.072649716637, -0.065266172910, 0.073642842089,
                               -0.041115997511, 0.027562307748, -0.005034322690, -0.033962245822}),
      1e-9, 1e-11));
  CHECK(close(
      parameters(softmax)[6].variable.gradient().reshape({16}),
      tensor_of<double>({16}, {-0.000815538081, 0.006524855528, 0.010796507628, 0.009990393491,
                               0.004485641191, -0.003128778251, -0.009271684393, -0.011053972491,
                               -0.007637404603, -0.000628845993, 0.006675468714, 0.010840206178,
                               0.009906625293, 0.004313803738, -0.003307867121, -0.009373796385}),
      1e-9, 1e-11));
}

TEST_CASE(
    "adaptive softmax: its loss is the cross entropy of its probabilities, which sum to one") {
  Initializer init(3, DType::f64);
  AdaptiveSoftmax softmax(small(), init);
  Variable x = Variable::parameter(normal({6, 16}, 1));
  const std::vector<double> logs = numbers(softmax(x).value());
  for (std::size_t row = 0; row < 6; ++row) {
    double sum = 0;
    for (std::size_t word = 0; word < 11; ++word) sum += std::exp(logs[row * 11 + word]);
    CHECK(sum == Approx(1).epsilon(1e-12));
  }

  const CrossEntropyOptions options{.ignore = -1};
  const std::vector<std::vector<std::int32_t>> batches{
      {0, 4, 10, 2, 5, 7}, {-1, 4, -1, 2, 5, -1}, {0, 1, 2, 2, 1, -1}, {10, 9, 8, 7, 6, 6}};
  for (const std::vector<std::int32_t>& batch : batches) {
    const Tensor targets = tensor_of<std::int32_t>({6}, batch);
    const Variable short_way = softmax.cross_entropy(x, targets, options);
    const Variable long_way = cross_entropy(softmax(x), targets, options);
    CHECK(short_way.value().item<double>() ==
          Approx(long_way.value().item<double>()).epsilon(1e-12));
    const std::vector<Tensor> learned = gradients(softmax, x, short_way);
    const std::vector<Tensor> expected = gradients(softmax, x, long_way);
    for (std::size_t i = 0; i < learned.size(); ++i)
      CHECK(close(learned[i], expected[i], 1e-9, 1e-12));
  }
}

TEST_CASE("adaptive softmax: a prepared model says the same") {
  AdaptiveSoftmax softmax = softmax_of_waves();
  const Variable x(waves(9, {2, 3, 16}));
  const Tensor expected = softmax(x).value();  // [2, 3, 11]
  CHECK(expected.shape() == Shape{2, 3, 11});
  prepare_for_inference(softmax);
  CHECK(close(softmax(x).value(), expected, 1e-12, 1e-12));
}

TEST_CASE("adaptive softmax: what it refuses") {
  const auto made = [&](std::vector<std::int64_t> cutoffs) {
    return message_of([&] {
      Initializer init(1, DType::f64);
      AdaptiveSoftmax({.d_model = 4, .vocab = 11, .cutoffs = std::move(cutoffs)}, init);
    });
  };
  CHECK(contains(made({}), "without cutoffs"));
  CHECK(contains(made({0}), "the cutoff 0 is not between 0 and 11"));
  CHECK(contains(made({5, 5}), "the cutoff 5 is not between 5 and 11"));
  CHECK(contains(made({5, 11}), "the cutoff 11 is not between 5 and 11"));
  const AdaptiveSoftmax softmax = softmax_of_waves();
  const Variable x(waves(9, {6, 16}));
  const auto told = [&](std::vector<std::int32_t> targets, const CrossEntropyOptions& options) {
    return message_of(
        [&] { softmax.cross_entropy(x, tensor_of<std::int32_t>({6}, targets), options); });
  };
  CHECK(contains(told({0, 1, 2, 3, 4, 5}, {.label_smoothing = 0.1}), "label smoothing 0.1"));
  CHECK(contains(told({0, 1, 2, 3, 4, 11}, {}), "11"));
  CHECK(contains(told({-1, -1, -1, -1, -1, -1}, {.ignore = -1}), "padding"));
}

TEST_CASE("adaptive softmax: a language model writes with what it has learned with") {
  Initializer init(3, DType::f64);
  RecurrentLanguageModel model({.vocab = 11,
                                .d_model = 16,
                                .num_layers = 1,
                                .max_length = 16,
                                .head = {.adaptive_softmax_cutoff = {3, 6}}},
                               init);
  evaluate(model);
  const Tensor ids = tensor_of<std::int32_t>({2, 4}, {3, 10, 0, 6, 1, 5, 2, 9});
  const Tensor targets = tensor_of<std::int32_t>({2, 4}, {10, 0, 6, 8, 5, 2, 9, 3});
  const Variable logits = model({ids, {}});  // [2, 4, 11]
  CHECK(model.loss({ids, {}}, targets).value().item<double>() ==
        Approx(cross_entropy(logits, targets).value().item<double>()).epsilon(1e-12));
}
