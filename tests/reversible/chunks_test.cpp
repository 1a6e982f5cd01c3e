#include "reversible/chunks.h"

#include "autograd/gradcheck.h"
#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/matmul.h"
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

TEST_CASE("cross_entropy_in_chunks = the loss of all logits at once, padding included") {
  const Variable weight = Variable::parameter(normal({4, 9}, 1));
  const auto output = [&](const Variable& rows) { return matmul(rows, weight); };
  const Tensor x = normal({2, 11, 4}, 2);
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 22; ++i) ids.push_back(i < 5 || i % 3 == 0 ? 7 : i % 9);
  const Tensor targets = tensor_of<std::int32_t>({2, 11}, ids);
  const CrossEntropyOptions options{.label_smoothing = 0.1, .ignore = 7};
  const auto run = [&](std::int64_t chunk_rows) {
    const Variable in = Variable::parameter(x);
    const Variable loss =
        chunk_rows == 0 ? cross_entropy(output(in), targets, options)
                        : cross_entropy_in_chunks(output, in, targets,
                                                  {.chunk_rows = chunk_rows, .loss = options});
    backward(loss);
    const std::vector<Tensor> all{loss.value(), in.gradient(), weight.gradient()};
    Variable(weight).zero_gradient();
    return all;
  };
  const std::vector<Tensor> whole = run(0);
  for (const std::int64_t chunk_rows : {1, 8, 40}) {
    const std::vector<Tensor> parts = run(chunk_rows);
    for (std::size_t i = 0; i < whole.size(); ++i) CHECK(close(parts[i], whole[i], 1e-12, 1e-12));
  }
  CHECK(contains(message_of([&] {
                   cross_entropy_in_chunks(output, Variable(x), full({2, 11}, 7, DType::i32),
                                           {.loss = options});
                 }),
                 "not all of them padding"));
}

TEST_CASE("in_chunks says what it cannot cut") {
  const auto same = [](const Variable& x, std::int64_t) { return x; };
  CHECK(contains(message_of([&] { in_chunks(same, Variable(zeros({2, 3})), 0); }),
                 "in chunks of 0 rows: [2, 3]"));
}
