#include <algorithm>
#include <cmath>

#include "nn/embedding.h"
#include "nn/feed_forward.h"
#include "nn/layer_norm.h"
#include "tests/nn/gradients.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

/// Gives a module's parameters these numbers, in the order of the visit.
void set(Module& module, const std::vector<std::vector<double>>& values) {
  std::vector<NamedParameter> all = parameters(module);
  REQUIRE(all.size() == values.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i].variable.set_value(tensor_of<double>(all[i].variable.shape(), values[i]));
}

double standard_deviation(const Tensor& x) {
  double sum = 0.0, squares = 0.0;
  for (const double number : numbers(x)) {
    sum += number;
    squares += number * number;
  }
  const auto count = static_cast<double>(x.size());
  return std::sqrt(squares / count - (sum / count) * (sum / count));
}

}  // namespace

TEST_CASE("linear: y = x W + b, by hand, with its gradients") {
  Initializer init(1, DType::f64);
  Linear linear(2, 3, init);
  set(linear, {{1, 2, 3, 4, 5, 6}, {0.5, 0, -1}});
  CHECK(numbers(linear(Variable(tensor_of<double>({1, 2}, {1, 10}))).value()) ==
        std::vector<double>{41.5, 52, 62});
  expect_right_gradients(linear, normal({2, 4, 2}, 1));
  CHECK(contains(message_of([&] { linear(Variable(normal({2, 3}, 1))); }), "[2, 3]"));
}

TEST_CASE("linear: frozen weights give the same bits, until they are thawed") {
  Initializer init(1);
  Linear layer(70, 45, init);
  const Variable x(normal({3, 5, 70}, 1, DType::f32));
  const Tensor y = layer(x).value();
  prepare_for_inference(layer);
  const Variable frozen = layer(x);
  CHECK(same_bits(frozen.value(), y));
  CHECK(!frozen.requires_gradient());
  parameters(layer)[0].variable.set_value(zeros({70, 45}));
  evaluate(layer);
  CHECK(same_bits(layer(x).value(), zeros({3, 5, 45})));
}

TEST_CASE("layer norm: by hand, with its gradients") {
  Initializer init(1, DType::f64);
  LayerNorm norm(4, init);
  const Variable x(tensor_of<double>({1, 4}, {1, 1, 3, 3}));  // mean 2, variance 1
  const std::vector<double> fresh = {-1, -1, 1, 1}, changed = {-1, -2, 3, 5};
  const auto y = numbers(norm(x).value());
  set(norm, {{1, 2, 3, 4}, {0, 0, 0, 1}});
  const auto z = numbers(norm(x).value());
  for (int i = 0; i < 4; ++i) {
    CHECK(y[i] == Approx(fresh[i]).epsilon(1e-5));  // but for ε
    CHECK(z[i] == Approx(changed[i]).epsilon(1e-5));
  }
  expect_right_gradients(norm, normal({2, 3, 4}, 1));
}

TEST_CASE("embedding: a row of the table, times √d") {
  Initializer init(1, DType::f64);
  Embedding embedding(3, 4, init);
  set(embedding, {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}});
  const Tensor tokens = tensor_of<std::int32_t>({1, 2}, {2, 0});
  const Tensor y = embedding(tokens).value();
  CHECK(y.shape() == Shape{1, 2, 4});
  CHECK(numbers(y) == std::vector<double>{16, 18, 20, 22, 0, 2, 4, 6});
  const GradcheckReport report =
      gradcheck([&](const std::vector<Variable>&) { return embedding(tokens); },
                {embedding.weight()}, {.atol = 1e-8, .rtol = 1e-6});
  CHECK(report.passed);
  CHECK(contains(message_of([&] { embedding(tensor_of<std::int32_t>({1, 1}, {3})); }), "3"));
}

TEST_CASE("embedding: as it is, and drawn as any other matrix") {
  Initializer init(1);
  const Embedding plain(3000, 72, init, {.init = EmbeddingInit::xavier_uniform, .scale = false});
  // Even in ±√(6 / 3072), whose standard deviation is √(2 / 3072).
  CHECK(standard_deviation(plain.weight().value()) == Approx(std::sqrt(2.0 / 3072)).epsilon(0.02));
  CHECK(same_bits(plain(tensor_of<std::int32_t>({1, 1}, {7})).value().reshape({72}),
                  plain.weight().value().slice(7, 8).reshape({72})));
}

TEST_CASE("feed forward: two layers with a rectifier between, by hand") {
  Initializer init(1, DType::f64);
  FeedForward network({.d_model = 2, .d_ff = 3, .dropout = 0}, init);
  set(network, {{1, 0, -1, 0, 1, 1}, {0, 1, 0}, {1, 2, 3, 4, 5, 6}, {0.5, 0}});
  // The hidden layer of (2, 1) is (2, 2, −1), rectified (2, 2, 0).
  CHECK(numbers(network(Variable(tensor_of<double>({1, 2}, {2, 1}))).value()) ==
        std::vector<double>{8.5, 12});
}

TEST_CASE("feed forward: gradients with every activation, in training and evaluation") {
  for (const Activation activation :
       {Activation::relu, Activation::gelu, Activation::gelu_tanh, Activation::silu}) {
    Initializer init(1, DType::f64);
    FeedForward network({.d_model = 3, .d_ff = 5, .activation = activation, .dropout = 0.4}, init);
    expect_right_gradients(network, normal({2, 2, 3}, 1));
    train(network, {.seed = 4});
    expect_right_gradients(network, normal({2, 2, 3}, 1));
  }
}

TEST_CASE("initial weights have the spread that their formulas say") {
  Initializer init(3);
  const Tensor xavier = init.xavier_uniform(300, 500);
  const double bound = std::sqrt(6.0 / 800.0);
  const auto drawn = numbers(xavier);
  CHECK(*std::max_element(drawn.begin(), drawn.end()) < bound);
  CHECK(*std::min_element(drawn.begin(), drawn.end()) >= -bound);
  // The spread of 150,000 numbers is known to a fifth of a percent.
  CHECK(standard_deviation(xavier) == Approx(bound / std::sqrt(3.0)).epsilon(0.01));
  CHECK(standard_deviation(init.normal({300, 500}, 0.02)) == Approx(0.02).epsilon(0.01));
  const Embedding embedding(1000, 64, init);
  CHECK(standard_deviation(embedding.weight().value()) == Approx(1.0 / 8).epsilon(0.02));
}

TEST_CASE("a blank initializer makes weights of the right shape, and constants") {
  Initializer init = Initializer::blank(DType::f64);
  CHECK(init.xavier_uniform(3, 5).shape() == Shape{3, 5});
  CHECK(init.normal({2, 4}, 1.0).shape() == Shape{2, 4});
  CHECK(init.normal({2, 4}, 1.0).dtype() == DType::f64);
  CHECK(init.constant({2}, 1.5).to_vector<double>() == std::vector<double>{1.5, 1.5});
}

TEST_CASE("initial weights are a function of the seed and of the order") {
  const auto draw = [](std::uint64_t seed) {
    Initializer init(seed);
    const Tensor first = init.normal({4}, 1), second = init.normal({4}, 1);
    CHECK_FALSE(same_bits(first, second));
    return second;
  };
  CHECK(same_bits(draw(1), draw(1)));
  CHECK_FALSE(same_bits(draw(1), draw(2)));
}

TEST_CASE("feed forward: each activation is its own function") {
  const std::vector<std::pair<Activation, double>> outputs = {
      {Activation::relu, 1},
      {Activation::gelu, 0.8413447460685429},
      {Activation::gelu_tanh, 0.8411919906082768},
      {Activation::silu, 1 / (1 + std::exp(-1.0))}};
  for (const auto& [activation, expected] : outputs) {
    Initializer init(1, DType::f64);
    FeedForward network({.d_model = 1, .d_ff = 1, .activation = activation, .dropout = 0}, init);
    set(network, {{1}, {0}, {1}, {0}});
    CHECK(network(Variable(full({1, 1}, 1, DType::f64))).value().item<double>() ==
          Approx(expected));
  }
}

TEST_CASE("layers: an error names the line of the program that called the layer") {
  Initializer init;
  const Linear linear(2, 3, init);
  const LayerNorm norm(4, init);
  const FeedForward network({.d_model = 2, .d_ff = 3}, init);
  const Embedding embedding(3, 4, init);
  const Variable x(zeros({1, 3}));
  for (const std::string& message : {message_of([&] { linear(x); }), message_of([&] { norm(x); }),
                                     message_of([&] { network(x); }), message_of([&] {
                                       embedding(tensor_of<std::int32_t>({1}, {7}));
                                     })})
    CHECK(message.rfind("tests/nn/layers_test.cpp:", 0) == 0);
}
