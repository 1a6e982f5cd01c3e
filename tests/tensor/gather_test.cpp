#include "tensor/ops/gather.h"

#include "tensor/ops/arithmetic.h"
#include "tensor/ops/reduce.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

Tensor some_ids(std::int64_t count, std::uint32_t vocab) {
  std::vector<std::int32_t> ids;
  for (std::int64_t i = 0; i < count; ++i)
    ids.push_back(static_cast<std::int32_t>(RandomKey{}.word(i) % vocab));
  return tensor_of<std::int32_t>({count}, ids);
}

}  // namespace

TEST_CASE("gather_rows and scatter_add_rows: by hand") {
  const Tensor table = tensor_of<float>({3, 2}, {0, 1, 10, 11, 20, 21});
  const Tensor ids = tensor_of<std::int32_t>({2, 2}, {2, 0, 2, 2});
  const Tensor rows = gather_rows(table, ids);
  CHECK(rows.shape() == Shape{2, 2, 2});
  CHECK(rows.to_vector<float>() == std::vector<float>{20, 21, 0, 1, 20, 21, 20, 21});
  CHECK(scatter_add_rows(rows, ids, 3).to_vector<float>() ==
        std::vector<float>{0, 1, 0, 0, 60, 63});
}

TEST_CASE("scatter_add_rows is the transpose of gather_rows") {
  const Tensor ids = some_ids(300, 17), table = normal({17, 5}, 1), dy = normal({300, 5}, 2);
  CHECK(close(sum(multiply(gather_rows(table, ids), dy)),
              sum(multiply(table, scatter_add_rows(dy, ids, 17))), 1e-12, 1e-12));
}

TEST_CASE("scatter_add_rows: f32 agrees with f64, two threads with one") {
  const Tensor ids = some_ids(5000, 300);
  const auto op = [&](const auto& in) { return scatter_add_rows(in[0], ids, 300); };
  const std::vector<Tensor> dy = {normal({5000, 64}, 1)};
  CHECK(f32_agrees_with_f64(op, dy));
  const std::vector<Tensor> single = {cast(dy[0], DType::f32)};
  CHECK(same_on_two_threads([&] { return op(single); }));
}

TEST_CASE("put_rows: by hand, and what gather_rows then finds there") {
  Tensor table = full({4, 2}, -1);
  put_rows(table, tensor_of<std::int32_t>({2}, {3, 0}), tensor_of<float>({2, 1, 2}, {1, 2, 3, 4}));
  CHECK(table.to_vector<float>() == std::vector<float>{3, 4, -1, -1, -1, -1, 1, 2});
  for (const DType dtype : {DType::f32, DType::f64}) {
    Tensor large = zeros({90, 7}, dtype);
    const Tensor rows = normal({2, 3, 7}, 1, dtype);
    const Tensor ids = tensor_of<std::int32_t>({2, 3}, {89, 5, 17, 0, 44, 2});
    put_rows(large, ids, rows);
    CHECK(same_bits(gather_rows(large, ids), rows));
    CHECK(close(sum(large), sum(rows)));
  }
  CHECK(contains(message_of([&] {
                   put_rows(table, tensor_of<std::int32_t>({2}, {3, 0}), full({2, 3}, 1));
                 }),
                 "one row of 2 numbers for each of [2] ids, got [2, 3]"));
}

TEST_CASE("gather_rows: rows of integers and of tables with more axes") {
  const Tensor table = tensor_of<std::int32_t>({2, 1, 2}, {1, 2, 3, 4});
  const Tensor picked = gather_rows(table, tensor_of<std::int32_t>({1}, {1}));
  CHECK(picked.shape() == Shape{1, 1, 2});
  CHECK(picked.to_vector<std::int32_t>() == std::vector<std::int32_t>{3, 4});
}

TEST_CASE("gather_rows: an id outside the table is named with its position") {
  const CheckedIds on(true);
  const Tensor table({3, 2});
  for (const std::int32_t bad : {3, -1}) {
    const std::string message = message_of([&] {
      gather_rows(table, tensor_of<std::int32_t>({2, 2}, {0, 1, bad, 7}));
    });
    CHECK(contains(message, text("id ", bad, " at position 2 of ids [2, 2] is not in 0 … 2")));
  }
  CHECK(contains(message_of([&] { gather_rows(table, Tensor({2})); }), "i32, got f32"));
  CHECK(contains(message_of([] {
                   scatter_add_rows(Tensor({3, 2}), tensor_of<std::int32_t>({2}, {0, 0}), 2);
                 }),
                 "gradient [3, 2] and ids [2]"));
}
