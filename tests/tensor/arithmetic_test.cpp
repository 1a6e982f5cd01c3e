#include "tensor/ops/arithmetic.h"

#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

/// The definition of broadcasting, one element at a time.
Tensor add_by_definition(const Tensor& a, const Tensor& b) {
  const Shape shape = broadcast(a.shape(), b.shape());
  const auto element = [&](const Tensor& x, std::int64_t i) {
    std::int64_t offset = 0, stride = 1;
    for (int axis = -1; axis >= -x.rank(); --axis) {
      offset += (x.dim(axis) == 1 ? 0 : i % shape[axis]) * stride;
      stride *= x.dim(axis);
      i /= shape[axis];
    }
    return x.data<double>()[offset];
  };
  const Tensor here = a.to(cpu), there = b.to(cpu);
  std::vector<double> sum;
  for (std::int64_t i = 0; i < shape.size(); ++i)
    sum.push_back(element(here, i) + element(there, i));
  return tensor_of<double>(shape, sum);
}

}  // namespace

TEST_CASE("arithmetic: a matrix and a row, by hand") {
  const Tensor x = tensor_of<float>({2, 2}, {8, 6, 4, 2});
  const Tensor row = tensor_of<float>({2}, {2, 1});
  CHECK(add(x, row).to_vector<float>() == std::vector<float>{10, 7, 6, 3});
  CHECK(subtract(x, row).to_vector<float>() == std::vector<float>{6, 5, 2, 1});
  CHECK(multiply(x, row).to_vector<float>() == std::vector<float>{16, 6, 8, 2});
  CHECK(divide(x, row).to_vector<float>() == std::vector<float>{4, 6, 2, 2});
  CHECK(subtract(row, x).to_vector<float>() == std::vector<float>{-6, -5, -2, -1});
  CHECK(scale(x, -0.5).to_vector<float>() == std::vector<float>{-4, -3, -2, -1});
}

TEST_CASE("arithmetic: broadcasting follows its definition") {
  const std::vector<std::pair<Shape, Shape>> cases = {{{3, 4}, {3, 4}},
                                                      {{3, 4}, {4}},
                                                      {{4}, {3, 4}},
                                                      {{3, 1}, {3, 4}},
                                                      {{3, 4}, {}},
                                                      {{}, {}},
                                                      {{2, 1, 5}, {3, 1}},
                                                      {{2, 3, 4}, {2, 1, 4}},
                                                      {{1, 3, 1}, {2, 1, 7}},
                                                      {{2, 3, 4, 5}, {3, 1, 5}},
                                                      {{0, 3}, {3}},
                                                      {{1, 1}, {1}},
                                                      {{2, 1, 3, 1, 2}, {1, 4, 1, 5, 1}}};
  for (const auto& [a_shape, b_shape] : cases) {
    INFO("shapes " << a_shape << " and " << b_shape);
    const Tensor a = normal(a_shape, 1), b = normal(b_shape, 2);
    CHECK(same_bits(add(a, b), add_by_definition(a, b)));
    CHECK(same_bits(add(b, a), add_by_definition(b, a)));
  }
}

TEST_CASE("sum_to: undoes broadcasting; its sums are those of the repeated axes") {
  const Tensor x = tensor_of<double>({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(sum_to(x, {3}).to_vector<double>() == std::vector<double>{5, 7, 9});
  CHECK(sum_to(x, {2, 1}).to_vector<double>() == std::vector<double>{6, 15});
  CHECK(sum_to(x, {1, 1}).to_vector<double>() == std::vector<double>{21});
  CHECK(sum_to(x, {}).item<double>() == 21);
  const Tensor y = normal({2, 3, 4, 5}, 3);
  const Tensor ones = full({2, 3, 4, 5}, 1, DType::f64);
  CHECK(close(sum_to(add(multiply(zeros_like(y), y), normal({3, 1, 5}, 4)), {3, 1, 5}),
              scale(normal({3, 1, 5}, 4), 8), 1e-12, 1e-12));
}

TEST_CASE("arithmetic: f32 agrees with f64, two threads with one") {
  const auto each = [](const std::vector<Tensor>& in) {
    return divide(multiply(add(in[0], in[1]), in[0]), in[2]);
  };
  const std::vector<Tensor> inputs = {
      normal({300, 129}, 1), normal({129}, 2),
      add(multiply(normal({300, 1}, 3), normal({300, 1}, 3)), full({}, 1, DType::f64))};
  CHECK(f32_agrees_with_f64(each, inputs));
  CHECK(same_on_two_threads([&] { return each(inputs); }));
}

TEST_CASE("add_in_place: writes into the first operand") {
  Tensor x = tensor_of<float>({2, 2}, {1, 2, 3, 4});
  const Tensor view = x;
  add_in_place(x, tensor_of<float>({2}, {10, 20}));
  CHECK(view.to_vector<float>() == std::vector<float>{11, 22, 13, 24});
  Tensor row = tensor_of<float>({2}, {1, 1});
  CHECK(contains(message_of([&] { add_in_place(row, x); }), "cannot add [2, 2] to [2]"));
}

TEST_CASE("arithmetic: shapes and dtypes that do not fit are named") {
  const std::string message = message_of([] { add(Tensor({2, 3}), Tensor({2})); });
  CHECK(contains(message, "[2, 3] and [2]"));
  CHECK(contains(message_of([] { add(Tensor({2}), Tensor({2}, DType::f64)); }),
                 text("add got f32 on ", default_device(), " and f64 on ", default_device())));
}
