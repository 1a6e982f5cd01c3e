#include "tensor/ops/dropout.h"

#include "tensor/ops/arithmetic.h"
#include "tensor/ops/pointwise.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

constexpr RandomKey key{.seed = 5, .step = 6, .site = 7};

}  // namespace

TEST_CASE("dropout: every element follows its word, and what is kept is scaled") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Tensor y = dropout(full({3, 1001}, 3, dtype), 0.25, key);
    const std::vector<double> kept = numbers(y);
    bool right = true;
    for (std::size_t i = 0; i < kept.size(); ++i)
      right = right && kept[i] == (key.word(i) >= drop_threshold(0.25) ? 4.0 : 0.0);
    CHECK(right);
  }
}

TEST_CASE("dropout: keeps the share it promises, and the mean") {
  double dropped = 0, total = 0;
  for (const double y : numbers(dropout(full({100000}, 1), 0.1, key)))
    dropped += y == 0, total += y;
  CHECK(dropped / 1e5 == Approx(0.1).margin(0.003));
  CHECK(total / 1e5 == Approx(1.0).margin(0.004));
}

TEST_CASE("dropout_add and relu_dropout equal their definitions") {
  const Tensor x = normal({50, 333}, 1, DType::f32), residual = normal({50, 333}, 2, DType::f32);
  CHECK(close(dropout_add(x, residual, 0.3, key), add(residual, dropout(x, 0.3, key)), 3e-7, 3e-7));
  CHECK(same_bits(relu_dropout(x, 0.3, key), dropout(relu(x), 0.3, key)));
  const Tensor y = relu_dropout(x, 0.3, key);
  CHECK(same_bits(relu_dropout_backward(y, residual, 0.3),
                  pointwise_backward(formulas::Relu{}, y, dropout(residual, 0.3, key))));
}

TEST_CASE("dropout: probability 0 passes through") {
  const Tensor x = normal({9}, 1, DType::f32), y = normal({9}, 2, DType::f32);
  CHECK(same_bits(dropout(x, 0, key), x));
  CHECK(same_bits(dropout_add(x, y, 0, key), add(y, x)));
  CHECK(same_bits(relu_dropout(x, 0, key), relu(x)));
}

TEST_CASE("dropout: a dropped infinity is zero, not NaN") {
  Tensor x = full({1000}, std::numeric_limits<double>::infinity(), DType::f64);
  for (const double y : numbers(dropout(x, 0.5, key))) CHECK_FALSE(std::isnan(y));
}

TEST_CASE("dropout: two threads agree with one") {
  const Tensor x = normal({200, 257}, 1, DType::f32);
  CHECK(same_on_two_threads([&] { return dropout(x, 0.1, key); }));
}

TEST_CASE("dropout: a probability of 1 is refused") {
  CHECK(contains(message_of([] { dropout(Tensor({2}), 1.0, key); }), "not including, 1; got 1"));
  CHECK(contains(message_of([] { dropout(Tensor({2}), std::nan(""), key); }), "got nan"));
}
