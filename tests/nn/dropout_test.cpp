#include "nn/dropout.h"

#include <algorithm>

#include "tests/nn/gradients.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

Variable all_ones() { return Variable(full({40, 50}, 1)); }

/// Two dropout layers, one after another.
class Two : public Module {
 public:
  void visit(Visitor& visitor) override {
    visitor("first", first);
    visitor("second", second);
  }
  Dropout first{0.5}, second{0.5};
};

}  // namespace

TEST_CASE("dropout: nothing in evaluation; zeros and scaled numbers in training") {
  const Variable ones = all_ones();
  Dropout dropout(0.25);
  CHECK(dropout(ones).is_same(ones));
  train(dropout, {.seed = 1});
  int dropped = 0;
  for (const float y : dropout(ones).value().to_vector<float>()) {
    CHECK((y == 0.0f || y == Approx(1 / 0.75)));
    dropped += y == 0.0f;
  }
  CHECK(dropped == Approx(500).margin(80));  // of 2000; four standard deviations are 77
  evaluate(dropout);
  CHECK(dropout(ones).is_same(ones));
}

TEST_CASE("dropout: the mask is a function of seed, step and place") {
  const Variable ones = all_ones();
  Two model;
  const auto masks = [&](RandomKey key) {
    train(model, key);
    return std::pair{model.first(ones).value(), model.second(ones).value()};
  };
  const auto [first, second] = masks({.seed = 1, .step = 3});
  CHECK(same_bits(first, masks({.seed = 1, .step = 3}).first));  // drawn again, not remembered
  CHECK_FALSE(same_bits(first, second));
  CHECK_FALSE(same_bits(first, masks({.seed = 1, .step = 4}).first));
  CHECK_FALSE(same_bits(first, masks({.seed = 2, .step = 3}).first));
}

TEST_CASE("dropout: the fused forms are what they stand for") {
  Dropout dropout(0.3);
  const Variable x(normal({6, 7}, 1)), residual(normal({6, 7}, 2));
  for (int training = 0; training < 2; ++training) {
    const auto dropped = numbers(dropout(x).value());
    const auto sum = numbers(dropout.add_to(residual, x).value());
    const auto rectified = numbers(dropout.relu(x).value());
    const auto rest = numbers(residual.value());
    for (std::size_t i = 0; i < sum.size(); ++i) {
      CHECK(sum[i] == Approx(rest[i] + dropped[i]));
      CHECK(rectified[i] == Approx(std::max(0.0, dropped[i])));
    }
    train(dropout, {.seed = 5});
  }
}

TEST_CASE("dropout: a part continues the mask of the whole") {
  Dropout dropout(0.5);
  train(dropout, {.seed = 7});
  const Tensor ones = full({64}, 1), whole = dropout(Variable(ones)).value();
  for (const std::int64_t begin : {4, 20, 60})
    CHECK(same_bits(dropout.from(begin)(Variable(ones.slice(begin, 64))).value(),
                    whole.slice(begin, 64)));
  CHECK(contains(message_of([&] { dropout.from(6); }), "cannot begin at element 6"));
}

TEST_CASE("dropout: gradient") {
  Dropout dropout(0.3);
  train(dropout, {.seed = 5});
  expect_right_gradients(dropout, normal({4, 5}, 1));
}

TEST_CASE("dropout refuses what is no probability") {
  for (const double p : {-0.1, 1.0, 1.5})
    CHECK(contains(message_of([&] { Dropout{p}; }), "is not in [0, 1)"));
}
