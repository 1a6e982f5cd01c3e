#include <cmath>

#include "attention/growing_rows.h"
#include "attention/ops/paths/attend_paths.h"
#include "attention/ops/paths/extend_paths.h"
#include "attention/scaled_dot_product.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/gather.h"
#include "tensor/parallel.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

// What a search does instead of copying keys and values: tokens stay, hypotheses are paths.

using namespace lectern;

namespace {

Tensor integers(const Shape& shape, std::initializer_list<std::int32_t> numbers) {
  return tensor_of<std::int32_t>(shape, numbers);
}

/// Seven tokens; five paths of up to three, the same token in several places; two rows a path.
struct Example {
  Example(std::int64_t d_model, DType dtype)
      : q(normal({10, 1, d_model}, 1, dtype)),
        keys(normal({7, d_model}, 2, dtype)),
        values(normal({7, d_model}, 3, dtype)) {}

  Tensor q, keys, values;
  Paths paths{integers({5, 3}, {0, 1, 2, 0, 1, 3, 6, 6, 6, 5, 0, 0, 4, 2, 0}),
              integers({5}, {3, 3, 3, 1, 2})};
};

/// One query a row, with the keys and values of its path.
Tensor by_definition(const Example& e, const Paths& paths, int heads) {
  return attend_paths_by_definition(e.q, e.keys, e.values, paths, heads);
}

}  // namespace

TEST_CASE("extend_paths: hypotheses fork, change places and end, by hand") {
  const auto expect = [](const Paths& paths, const Shape& shape,
                         const std::vector<std::int32_t>& tokens,
                         const std::vector<std::int32_t>& lengths) {
    CHECK(paths.tokens.shape() == shape);
    CHECK(paths.tokens.to_vector<std::int32_t>() == tokens);
    CHECK(paths.lengths.to_vector<std::int32_t>() == lengths);
  };
  const Paths first = extend_paths({}, integers({2}, {7, 7}), integers({2, 1}, {0, 1}), 2);
  expect(first, {2, 2}, {0, 0, 1, 0}, {1, 1});
  const Paths second =
      extend_paths(first, integers({3}, {1, 1, 0}), integers({3, 1}, {2, 3, 4}), 2);
  expect(second, {3, 2}, {1, 2, 1, 3, 0, 4}, {2, 2, 2});
  const Paths third = extend_paths(second, integers({1}, {2}), integers({1, 1}, {5}), 4);
  expect(third, {1, 4}, {0, 4, 5, 0}, {3});
  const Paths two_more =
      extend_paths(third, integers({2}, {0, 0}), integers({2, 2}, {6, 7, 8, 9}), 6);
  expect(two_more, {2, 6}, {0, 4, 5, 6, 7, 0, 0, 4, 5, 8, 9, 0}, {5, 5});
}

TEST_CASE("extend_paths says what does not fit") {
  if (default_device() != cpu) return;  // reading an order back would stop the GPU at every step
  const Paths paths{integers({2, 1}, {0, 1}), integers({2}, {1, 1})};
  const auto complaint = [&](std::initializer_list<std::int32_t> order, std::int64_t room) {
    return message_of([&] {
      extend_paths(paths, integers({2}, order), integers({2, 1}, {2, 3}), room);
    });
  };
  CHECK(contains(complaint({0, 2}, 2), "row 2 is not one of the 2 rows of the step before"));
  CHECK(contains(complaint({0, -1}, 2), "row -1 is not one of the 2 rows of the step before"));
  CHECK(contains(complaint({0, 1}, 1), "a path of 2 tokens does not fit into a room of 1"));
}

TEST_CASE("attend_paths: the mean of the values where all keys are alike, by hand") {
  const Tensor q = zeros({2, 1, 2}), keys = zeros({3, 2});
  const Tensor values = tensor_of<float>({3, 2}, {0, 3, 3, 0, 6, 6});
  const Tensor y = attend_paths(q, keys, values, {integers({2, 2}, {0, 1, 2, 2}), {}}, 1);
  CHECK(y.shape() == Shape{2, 1, 2});
  CHECK(y.to_vector<float>() == std::vector<float>{1.5, 1.5, 6, 6});
  const Tensor shorter =
      attend_paths(q, keys, values, {integers({2, 2}, {0, 1, 2, 2}), integers({2}, {1, 0})}, 1);
  CHECK(shorter.to_vector<float>() ==
        std::vector<float>{0, 3, 0, 0});  // who sees nothing gets zeros
}

TEST_CASE("attend_paths equals its definition, at any width of a head") {
  for (const std::int64_t d_model : {4, 6, 32, 40, 64, 132, 256})
    for (const int heads : {1, 2})
      for (const DType dtype : {DType::f32, DType::f64}) {
        const Example e(d_model, dtype);
        const double exact = dtype == DType::f64 ? 1e-13 : 1e-5;
        const Paths whole{e.paths.tokens, {}};
        for (const Paths& paths : {e.paths, whole})
          CHECK(close(attend_paths(e.q, e.keys, e.values, paths, heads),
                      by_definition(e, paths, heads), 1.3e-6, exact));
      }
}

TEST_CASE("attend_paths: heads that share keys and values equal the definition") {
  for (const std::int64_t d_head : {3, 16, 20})
    for (const std::int64_t of_keys : {1, 2, 4}) {
      Example e(4 * d_head, DType::f64);
      e.keys = normal({7, of_keys * d_head}, 2);
      e.values = normal({7, of_keys * d_head}, 3);
      CHECK(close(attend_paths(e.q, e.keys, e.values, e.paths, 4), by_definition(e, e.paths, 4),
                  1e-13, 1e-13));
    }
}

TEST_CASE("attend_paths: long paths, large scores, two threads as one") {
  const std::int64_t rows = 64, length = 300, d_model = 64;
  const Tensor q = normal({rows, 1, d_model}, 1, DType::f32);
  const Tensor keys = scale(normal({500, d_model}, 2, DType::f32), 100);
  std::vector<std::int32_t> numbered;
  for (std::int32_t i = 0; i < rows * length; ++i) numbered.push_back(i * 77 % 500);
  const Tensor tokens = tensor_of<std::int32_t>({rows, length}, numbered);
  const auto attend = [&] { return attend_paths(q, keys, keys, {tokens, {}}, 4); };
  CHECK(same_on_two_threads(attend));
  for (const double number : numbers(cast(attend(), DType::f64))) CHECK(std::isfinite(number));
}

TEST_CASE("attend_paths: the heads of a single row go to several threads, with the same bits") {
  const std::int64_t length = 300, d_head = 20, heads = 12;
  const Tensor q = normal({1, 1, heads * d_head}, 1, DType::f32);
  std::vector<std::int32_t> numbered;
  for (std::int32_t i = 0; i < length; ++i) numbered.push_back(i * 77 % 500);
  const Tensor tokens = tensor_of<std::int32_t>({1, length}, numbered);
  const int before = thread_count();
  for (const std::int64_t of_keys : {12, 4, 3, 1}) {
    const Tensor keys = normal({500, of_keys * d_head}, 2, DType::f32);
    const auto with_threads = [&](int threads) {
      set_thread_count(threads);
      return attend_paths(q, keys, keys, {tokens, {}}, heads).to_vector<float>();
    };
    const std::vector<float> alone = with_threads(1);
    for (const int threads : {2, 3, 5, 16}) CHECK(with_threads(threads) == alone);
  }
  set_thread_count(before);
}

TEST_CASE("attend_paths without races", "[race]") {
  const Example e(40, DType::f32);
  CHECK(attend_paths(e.q, e.keys, e.values, e.paths, 2).shape() == e.q.shape());
}

TEST_CASE("attend_paths passes a NaN on") {
  Example e(32, DType::f32);
  e.keys.reshape({-1}).slice(0, 1).copy_from(full({1}, std::nan("")));
  const auto y = attend_paths(e.q, e.keys, e.values, e.paths, 1).to_vector<float>();
  CHECK(std::isnan(y[0]));            // path 0 looks at token 0
  CHECK(!std::isnan(y[4 * 32 + 0]));  // path 2 does not
}

TEST_CASE("attend_paths says what does not fit") {
  const Example e(8, DType::f32);
  const auto complaint = [&](const Tensor& q, const Paths& paths, int heads) {
    return message_of([&] { attend_paths(q, e.keys, e.values, paths, heads); });
  };
  if (default_device() == cpu)
    CHECK(contains(complaint(e.q, {integers({5, 1}, {0, 1, 2, 3, 7}), {}}, 2),
                   "token 7 of a path is not one of the 7 tokens"));
  CHECK(contains(complaint(e.q.slice(0, 9), e.paths, 2), "9 rows are not groups of equal size"));
  CHECK(contains(complaint(e.q, e.paths, 3), "cannot be split into 3 equal heads"));
  CHECK(contains(complaint(e.q, {e.paths.tokens, integers({2}, {1, 1})}, 2), "[2]"));
  CHECK(contains(complaint(normal({10, 1, 6}, 1, DType::f32), e.paths, 2), "keys of 8 numbers"));
}

TEST_CASE("growing rows: what was appended, in order, and copies do not disturb each other") {
  const Tensor rows = normal({100, 1, 3}, 1);
  GrowingRows table;
  for (std::int64_t i = 0; i < 50; ++i) table.append(rows.slice(i, i + 1));
  CHECK(same_bits(table.all(), rows.slice(0, 50).reshape({50, 3})));
  GrowingRows copy = table;
  table.append(rows.slice(50, 51));
  copy.append(rows.slice(60, 100));
  CHECK(same_bits(table.all(), rows.slice(0, 51).reshape({51, 3})));
  CHECK(same_bits(copy.all().slice(50, 90), rows.slice(60, 100).reshape({40, 3})));
}
