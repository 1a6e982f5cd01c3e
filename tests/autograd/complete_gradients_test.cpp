#include "autograd/complete_gradients.h"

#include <optional>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/reduce.h"
#include "tensor/create.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

/// f(x), which forgets its inside and records it anew on the way back, as recompute() does.
Variable forgetful(const std::function<Variable(const Variable&)>& f, const Variable& x) {
  Tensor value;
  {
    const NoGradient no_gradient;
    value = f(x).value();
  }
  return record("forgetful", value, {x}, [f, at = x.value()](const Tensor& d_output) -> Gradients {
    const Variable leaf = Variable::parameter(at);
    backward(f(leaf), d_output);
    return {leaf.gradient()};
  });
}

struct Told {
  std::vector<std::size_t> places{};
  std::vector<std::vector<double>> gradients{};
  int ops = 0;
};

/// What is told of the leaves while `loss` is calculated and differentiated.
Told told_of(const std::vector<Variable>& leaves, const std::function<Variable()>& loss) {
  Told told;
  const CompleteGradients watch(
      leaves,
      [&](std::size_t i) {
        told.places.push_back(i);
        told.gradients.push_back(leaves[i].gradient().to_vector<double>());
      },
      [&] { ++told.ops; });
  backward(loss());
  return told;
}

}  // namespace

TEST_CASE("complete gradients: a leaf is told of when the last op that reads it has gone back") {
  const Variable first = Variable::parameter(normal({3}, 1)),
                 second = Variable::parameter(normal({3}, 2)),
                 unread = Variable::parameter(normal({3}, 3));
  // The second layer reads `second` twice, the first one reads both.
  const auto loss = [&] {
    const Variable hidden = multiply(tanh(first), second);
    return sum(multiply(add(hidden, second), second));
  };
  const Told told = told_of({first, second, unread}, loss);
  CHECK(told.places == std::vector<std::size_t>{1, 0});
  CHECK(told.gradients[0] == second.gradient().to_vector<double>());
  CHECK(told.gradients[1] == first.gradient().to_vector<double>());
  CHECK(told.ops == 5);
}

TEST_CASE(
    "complete gradients: of two layers the last is told of first, before the first has begun") {
  const Variable first = Variable::parameter(normal({3}, 1)),
                 last = Variable::parameter(normal({3}, 2));
  std::optional<bool> first_has_begun;
  const CompleteGradients watch({first, last}, [&](std::size_t i) {
    if (i == 1) first_has_begun = first.has_gradient();
  });
  backward(sum(multiply(tanh(first), last)));
  CHECK(first_has_begun == false);
}

TEST_CASE("complete gradients: who reads a leaf on the way back is not trusted") {
  const Variable inside = Variable::parameter(normal({3}, 1)),
                 outside = Variable::parameter(normal({3}, 2)),
                 x = Variable::parameter(normal({3}, 3));
  const auto layer = [&](const Variable& in) { return multiply(tanh(in), inside); };
  const std::vector<Variable> leaves{inside, outside, x};
  std::vector<std::size_t> told;
  const CompleteGradients watch(leaves, [&](std::size_t i) { told.push_back(i); });
  // Of `inside` each of the two ops finds a part of the gradient.
  backward(sum(multiply(forgetful(layer, forgetful(layer, x)), outside)));
  CHECK(told == std::vector<std::size_t>{1, 2});
  CHECK_FALSE(watch.is_sure_of(0));
  CHECK(watch.is_sure_of(1));
  CHECK(watch.is_sure_of(2));
}
