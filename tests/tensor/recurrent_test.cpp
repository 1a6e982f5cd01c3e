#include "tensor/ops/recurrent.h"

#include "tensor/ops/concatenate.h"
#include "tensor/ops/reduce.h"
#include "tests/tensor/on_gpu.h"

using namespace lectern;

namespace {

using Inputs = std::vector<Tensor>;

Tensor lengths_of(const std::vector<std::int32_t>& lengths) {
  return tensor_of<std::int32_t>({static_cast<std::int64_t>(lengths.size())}, lengths);
}

Tensor flat(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> rows;
  for (const Tensor& tensor : tensors)
    if (tensor.defined()) rows.push_back(tensor.reshape({-1}));
  return concatenate(rows, 0);
}

/// What a cell reads, what it gives and all its gradients, as one row of numbers.
/// \param in  x [batch, length, 3], h and c [batch, 5], W [3, 20], U [5, 20], b [20], dy
Tensor all_numbers(CellKind cell, const PackedSteps& steps, const Inputs& in) {
  const std::int64_t columns = 5 * gates_of(cell);
  const CellWeights<Tensor> weights{slice(in[3], 1, 0, columns), slice(in[4], 1, 0, columns),
                                    in[5].slice(0, columns), in[5].slice(0, 5)};
  const bool has_c = cell == CellKind::lstm;
  const CellState<Tensor> start{in[1], has_c ? in[2] : Tensor()};
  RecurrentRun run = read_sequences(cell, in[0], steps, weights, start);
  const auto [d_x, d_weights, d_start] =
      read_sequences_backward(cell, run, weights, in[6], {in[2], has_c ? in[1] : Tensor()}, true);
  return flat({run.y, run.last.h, run.last.c, d_x, d_weights.input, d_weights.hidden,
               d_weights.bias, d_weights.hidden_bias, d_start.h, d_start.c});
}

}  // namespace

TEST_CASE("packed steps: the drawing of the header") {
  const Tensor x = tensor_of<float>({3, 3, 1}, {1, 2, 3, 4, -1, -1, 6, 7, -1});
  const Tensor lengths = lengths_of({3, 1, 2});
  const PackedSteps steps = packed_steps(x.shape(), lengths, /*reverse=*/false);
  const PackedSteps back = packed_steps(x.shape(), lengths, /*reverse=*/true);
  if (x.device() == cpu) {
    CHECK(steps.begin == std::vector<std::int64_t>{0, 3, 5, 6});
    CHECK(numbers(pack_steps(x, steps)) == std::vector<double>{1, 6, 4, 2, 7, 3});
    CHECK(numbers(pack_steps(x, back)) == std::vector<double>{3, 7, 4, 2, 6, 1});
    CHECK(steps.last.to_vector<std::int32_t>() == std::vector<std::int32_t>{8, 5, 7});
  }
  for (const PackedSteps& order : {steps, back}) {
    Tensor again = empty_like(x);
    unpack_steps(pack_steps(x, order), order, again);
    CHECK(numbers(again) == std::vector<double>{1, 2, 3, 4, 0, 0, 6, 7, 0});
  }
}

TEST_CASE("packed steps: without padding there is nothing to sort") {
  const PackedSteps steps = packed_steps({2, 3, 1}, lengths_of({3, 3}).to(cpu), false);
  CHECK(!steps.lengths.defined());
  CHECK(steps.begin == std::vector<std::int64_t>{0, 2, 4, 6});
  CHECK(contains(message_of([] { packed_steps({2}, {}, false); }), "[batch, length, …], got [2]"));
  CHECK(contains(message_of([&] {
                   pack_steps(zeros({3, 3, 1}), steps);
                 }),
                 "a batch of 2 sequences of 3 positions"));
}

TEST_CASE("recurrent networks on a GPU: as on the CPU") {
  if (!gpu_is_there()) return;
  constexpr std::int64_t batch = 4, length = 6;
  const Inputs inputs{normal({batch, length, 3}, 1),
                      normal({batch, 5}, 2),
                      normal({batch, 5}, 3),
                      normal({3, 20}, 4),
                      normal({5, 20}, 5),
                      normal({20}, 6),
                      normal({batch, length, 5}, 7)};
  std::vector<NamedOp> ops;
  for (const CellKind cell : {CellKind::rnn, CellKind::gru, CellKind::lstm})
    for (const bool reverse : {false, true})
      for (const bool padded : {false, true})
        ops.push_back(
            {text(name_of(cell), " reverse ", reverse, " padded ", padded), [=](const Inputs& in) {
               const Tensor lengths = padded ? lengths_of({2, 6, 0, 5}) : Tensor();
               return all_numbers(cell, packed_steps({batch, length, 3}, lengths, reverse), in);
             }});
  expect_gpu_agrees(ops, inputs);
}
