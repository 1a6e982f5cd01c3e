#include "reversible/chunks.h"

#include "tests/catch.h"
#include "tests/reversible/small_network.h"

using namespace lectern;

TEST_CASE("in_chunks: a feed-forward network with dropout, the same numbers as in one piece") {
  Initializer init(1, DType::f64);
  FeedForward network({.d_model = 6, .d_ff = 10, .dropout = 0.3}, init);
  train(network, {.seed = 4});
  const auto rows = [&](const Variable& x, std::int64_t first) { return network(x, first); };
  const Tensor x = normal({3, 7, 6}, 1), dy = normal({3, 7, 6}, 2);
  const auto run = [&](std::int64_t chunk_rows) {
    const Variable in = Variable::parameter(x);
    const Variable y = chunk_rows == 0 ? network(in) : in_chunks(rows, in, chunk_rows);
    backward(y, dy);
    std::vector<Tensor> all = take_gradients(network);
    all.push_back(in.gradient());
    all.push_back(y.value());
    return all;
  };
  const std::vector<Tensor> whole = run(0);
  for (const std::int64_t chunk_rows : {1, 4, 9, 20, 21, 100}) {
    const std::vector<Tensor> parts = run(chunk_rows);
    for (std::size_t i = 0; i < whole.size(); ++i) CHECK(close(parts[i], whole[i], 1e-12, 1e-12));
  }
}

TEST_CASE("in_chunks says what it cannot cut") {
  const auto same = [](const Variable& x, std::int64_t) { return x; };
  CHECK(contains(message_of([&] {
                   in_chunks(same, Variable(zeros({2, 3})), 0);
                 }),
                 "in chunks of 0 rows: [2, 3]"));
}
