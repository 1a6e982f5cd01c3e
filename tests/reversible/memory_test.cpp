#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/reduce.h"
#include "reversible/chunks.h"
#include "reversible/recompute.h"
#include "tensor/measure.h"
#include "tests/catch.h"
#include "tests/reversible/small_network.h"

using namespace lectern;

namespace {

/// Bytes at the peak of a step, forward and backward, beyond what was there before: parameters and
/// gradients, which an earlier step has made.
template <class Step>
std::int64_t peak_of(const Step& step) {
  step();
  return peak_bytes(step);
}

constexpr std::int64_t length = 64, d_model = 32;

std::int64_t peak_of_depth(int layers, bool reversible) {
  Initializer init(1);
  SmallNetwork network({.layers = layers, .d_model = d_model, .d_ff = 128, .dropout = 0.1}, init);
  train(network, {.seed = 1});
  const Variable x(normal({2, length, d_model}, 1, DType::f32));
  return peak_of([&] {
    const auto functions = network.functions();
    backward(sum(reversible ? reversible_stack(functions, x, x)
                            : reversible_stack_by_definition(functions, x, x)));
  });
}

}  // namespace

TEST_CASE("a reversible layer's activations take at most 2 % of a standard layer's", "[gate5]") {
  const auto bytes_per_layer = [](bool reversible) {
    const std::int64_t two = peak_of_depth(2, reversible), four = peak_of_depth(4, reversible),
                       eight = peak_of_depth(8, reversible);
    INFO("peaks at 2, 4 and 8 layers: " << two << ", " << four << ", " << eight << " bytes");
    CHECK(four <= two + (eight - two) / 3 + (eight - two) / 10);
    return static_cast<double>(eight - two) / 6;
  };
  const double standard = bytes_per_layer(false), reversible = bytes_per_layer(true);
  INFO("bytes a layer: standard " << standard << ", reversible " << reversible);
  CHECK(standard > 2 * length * d_model * 4 * 8);  // more than eight tensors of a stream's size
  CHECK(reversible <= 0.02 * standard);
}

TEST_CASE("recomputed layers keep their inputs only") {
  constexpr int layers = 8;
  Initializer init(1);
  std::deque<FeedForward> networks;
  for (int i = 0; i < layers; ++i)
    networks.emplace_back(FeedForward::Options{.d_model = d_model, .d_ff = 256}, init);
  const Variable x(normal({256, d_model}, 1, DType::f32));
  const auto peak = [&](bool recomputed) {
    return peak_of([&] {
      Variable y = x;
      for (const FeedForward& network : networks) {
        const auto layer = [&](const std::vector<Variable>& in) { return network(in[0]); };
        y = recomputed ? recompute(layer, {y}) : layer({y});
      }
      backward(sum(y));
    });
  };
  const std::int64_t hidden = 256 * 256 * 4, input = 256 * d_model * 4;
  CHECK(peak(false) > layers * hidden);
  CHECK(peak(true) < 4 * hidden + (layers + 4) * input);
}

TEST_CASE("a feed-forward network in chunks: the hidden layer stays small, backward too") {
  constexpr std::int64_t rows = 1024, d_ff = 512, chunk = 64;
  Initializer init(1);
  FeedForward network({.d_model = d_model, .d_ff = d_ff}, init);
  train(network, {.seed = 1});
  const Variable x = Variable::parameter(normal({rows, d_model}, 1, DType::f32));
  const auto in_parts = [&](const Variable& part, std::int64_t first) {
    return network(part, first);
  };
  const std::int64_t whole = peak_of([&] { backward(sum(network(x))); });
  const std::int64_t chunked = peak_of([&] { backward(sum(in_chunks(in_parts, x, chunk))); });
  const std::int64_t hidden = rows * d_ff * 4, weights = 2 * d_model * d_ff * 4;
  INFO("whole " << whole << ", in chunks " << chunked << ", hidden " << hidden);
  CHECK(whole > 2 * hidden);
  CHECK(chunked < 4 * hidden * chunk / rows + 2 * weights + 6 * rows * d_model * 4);
}
