#include "tensor/ops/pointwise.h"

#include <limits>

#include "tensor/ops/arithmetic.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

/// Numbers from −15 to 15, close together.
Tensor line() {
  std::vector<double> x;
  for (int i = -30000; i <= 30000; ++i) x.push_back(i / 2000.0);
  return tensor_of<double>({60001}, x);
}

}  // namespace

TEST_CASE("pointwise: by hand") {
  const Tensor x = tensor_of<float>({2}, {0, 4});
  CHECK(exp(x).to_vector<float>()[0] == 1);
  CHECK(sqrt(x).to_vector<float>() == std::vector<float>{0, 2});
  CHECK(tanh(x).to_vector<float>()[0] == 0);
  CHECK(sigmoid(x).to_vector<float>()[0] == 0.5f);
  CHECK(log(exp(x)).to_vector<float>()[1] == Approx(4));
  CHECK(relu(tensor_of<float>({3}, {-1, 0, 2})).to_vector<float>() == std::vector<float>{0, 0, 2});
  CHECK(gelu(tensor_of<double>({1}, {1})).item<double>() == Approx(0.8413447460685429));
  CHECK(gelu_tanh(tensor_of<double>({1}, {1})).item<double>() == Approx(0.8411919906082768));
}

TEST_CASE("pointwise: f32 agrees with f64") {
  const std::vector<Tensor> x = {line()};
  const double narrow = 4e-7;  // relative error of the f32 approximations, plus rounding
  const Tensor single = cast(x[0], DType::f32), exact = cast(single, DType::f64);
  CHECK(close(exp(single), exp(exact), narrow, 0));
  CHECK(close(tanh(single), tanh(exact), narrow, 0));
  CHECK(close(sigmoid(single), sigmoid(exact), narrow, 0));
  CHECK(close(gelu(single), gelu(exact), 2e-5, 1e-36));  // far in the tail, e^(−x²/2) loses digits
  CHECK(f32_agrees_with_f64([](const auto& in) { return log(multiply(in[0], in[0])); },
                            {normal({1000}, 1)}));
  CHECK(close(gelu_tanh(single), gelu_tanh(exact), 2e-5, 1e-6));
  CHECK(f32_agrees_with_f64(
      [](const auto& in) { return pointwise_backward(formulas::GeluTanh{}, in[0], in[0]); }, x));
  CHECK(f32_agrees_with_f64(
      [](const auto& in) { return pointwise_backward(formulas::Gelu{}, in[0], in[0]); }, x));
  CHECK(same_on_two_threads([&] { return gelu(single); }));
}

TEST_CASE("pointwise: the ends of the number line") {
  const float infinity = std::numeric_limits<float>::infinity();
  const Tensor ends = tensor_of<float>({5}, {-infinity, -1000, 1000, infinity, std::nanf("")});
  const std::vector<float> e = exp(ends).to_vector<float>();
  CHECK((e[0] == 0 && e[1] == 0 && e[2] == infinity && e[3] == infinity && std::isnan(e[4])));
  const std::vector<float> s = sigmoid(ends).to_vector<float>();
  CHECK((s[0] == 0 && s[1] == 0 && s[2] == 1 && s[3] == 1 && std::isnan(s[4])));
  const std::vector<float> t = tanh(ends).to_vector<float>();
  CHECK((t[0] == -1 && t[1] == -1 && t[2] == 1 && t[3] == 1 && std::isnan(t[4])));
  const std::vector<float> r = relu(ends).to_vector<float>();
  CHECK((r[0] == 0 && r[1] == 0 && r[2] == 1000 && r[3] == infinity && std::isnan(r[4])));
}

TEST_CASE("pointwise: tanh is odd, gelu(x) − gelu(−x) = x, with Φ or tanh") {
  const Tensor x = normal({500}, 1);
  CHECK(close(tanh(scale(x, -1)), scale(tanh(x), -1), 1e-14, 1e-14));
  CHECK(close(subtract(gelu(x), gelu(scale(x, -1))), x, 1e-14, 1e-14));
  CHECK(close(subtract(gelu_tanh(x), gelu_tanh(scale(x, -1))), x, 1e-14, 1e-14));
  CHECK(close(gelu_tanh(x), gelu(x), 0, 5e-4));
}

TEST_CASE("pointwise: integers are refused, shapes compared") {
  CHECK(contains(message_of([] { exp(Tensor({2}, DType::i32)); }), "expected f32 or f64"));
  CHECK(contains(message_of([] { pointwise_backward(formulas::Relu{}, Tensor({2}), Tensor({3})); }),
                 "[2] and [3]"));
}
