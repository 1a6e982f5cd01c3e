#include "tensor/ops/adam.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/cross_entropy.h"
#include "tensor/ops/layer_norm.h"
#include "tensor/ops/matmul.h"
#include "tensor/ops/reduce.h"
#include "tensor/ops/sgd.h"
#include "tensor/ops/softmax.h"
#include "tensor/ops/sum_of_squares.h"
#include "tensor/ops/top_k.h"
#include "tests/tensor/on_gpu.h"

using namespace lectern;

namespace {

using Inputs = std::vector<Tensor>;

const CrossEntropyOptions smoothed{.label_smoothing = 0.1, .ignore = 3};

LayerNormGradients layer_norm_gradients(const Inputs& in) {
  const Tensor weight = in[1].slice(0, 1).reshape({-1});
  const NormalizedRows rows = layer_norm(in[0], weight, weight, 1e-5);
  return layer_norm_backward(in[0], weight, rows.mean, rows.reciprocal_deviation, in[1]);
}

Tensor cross_entropy_gradient(const Inputs& in) {
  const Tensor targets = argmax(in[1]);
  return cross_entropy_backward(in[0], cross_entropy(in[0], targets, smoothed), targets, smoothed,
                                full({}, 0.5, in[0].dtype(), in[0].device()));
}

/// Sums of many numbers are compared at the size of one.
Tensor small(const Tensor& sum) { return scale(sum, 0.03); }

/// Operations on two tensors [row, column].
const std::vector<NamedOp> ops_on_rows = {
    {"softmax", [](const Inputs& in) { return softmax(in[0]); }},
    {"softmax_backward", [](const Inputs& in) { return softmax_backward(softmax(in[0]), in[1]); }},
    {"log_softmax", [](const Inputs& in) { return log_softmax(in[0]); }},
    {"log_softmax_backward",
     [](const Inputs& in) { return log_softmax_backward(log_softmax(in[0]), in[1]); }},
    {"max_last", [](const Inputs& in) { return max_last(in[0]); }},
    {"argmax", [](const Inputs& in) { return argmax(in[0]); }},
    {"sum_axis 1", [](const Inputs& in) { return small(sum_axis(in[0], 1)); }},
    {"layer_norm",
     [](const Inputs& in) {
       const Tensor weight = in[1].slice(0, 1).reshape({-1});
       return layer_norm(in[0], weight, weight, 1e-5).y;
     }},
    {"dropout_add_layer_norm",
     [](const Inputs& in) {
       const Tensor weight = in[0].slice(0, 1).reshape({-1});
       return dropout_add_layer_norm(in[0], in[1], weight, weight,
                                     {.probability = 0.3, .key = {.site = 9}})
           .normalized.y;
     }},
    {"layer_norm_backward, d_x", [](const Inputs& in) { return layer_norm_gradients(in).d_x; }},
    {"cross_entropy",
     [](const Inputs& in) { return small(cross_entropy(in[0], argmax(in[1]), smoothed).loss); }},
    {"cross_entropy, count",
     [](const Inputs& in) { return cross_entropy(in[0], argmax(in[1]), smoothed).count; }},
    {"cross_entropy_backward", cross_entropy_gradient},
    {"top_k", [](const Inputs& in) { return top_k(in[0], 1 + in[0].dim(1) / 200).values; }},
    {"top_k, indices",
     [](const Inputs& in) { return top_k(in[0], 1 + in[0].dim(1) / 200).indices; }},
    {"log_sum_exp", [](const Inputs& in) { return cast(log_sum_exp(in[0]), in[0].dtype()); }},
    {"rank_rows",
     [](const Inputs& in) { return rank_rows(in[0], 1 + in[0].dim(1) / 200).best.values; }},
    {"rank_rows, sums",
     [](const Inputs& in) { return cast(rank_rows(in[0], 1).log_sum_exp, in[0].dtype()); }},
};

const std::vector<NamedOp> sums = {
    {"sum", [](const Inputs& in) { return small(sum(in[0])); }},
    {"sum_axis 0", [](const Inputs& in) { return small(sum_axis(in[0], 0)); }},
    {"layer_norm_backward, d_weight",
     [](const Inputs& in) { return small(layer_norm_gradients(in).d_weight); }},
    {"layer_norm_backward, d_bias",
     [](const Inputs& in) { return small(layer_norm_gradients(in).d_bias); }},
    {"sum_of_squares",
     [](const Inputs& in) {
       return scale(sum_of_squares({in[0], in[1], small(in[0])}), 1e-3);
     }},
};

const std::vector<NamedOp> ops_without_shared_memory = {
    {"repeat_axis 0", [](const Inputs& in) { return repeat_axis(in[0], 0, 2); }},
    {"repeat_axis 1", [](const Inputs& in) { return repeat_axis(in[0], 1, 3); }},
    {"adam_update",
     [](const Inputs& in) {
       Tensor weight = in[0].clone(), first = in[1].clone(), second = multiply(in[0], in[0]);
       Tensor other = in[1].clone();
       adam_update({{weight, in[1], first, second},
                    {other, in[0], in[1].clone(), second.clone(), /*decays=*/false}},
                   {.weight_decay = 0.01}, step_numbers({.learning_rate = 0.1}).to(in[0].device()));
       return add(add(weight, other), add(first, second));
     }},
    {"sgd_update",
     [](const Inputs& in) {
       Tensor weight = in[0].clone(), velocity = in[1].clone();
       sgd_update({{weight, in[1], velocity}}, {.momentum = 0.9, .weight_decay = 0.1},
                  step_numbers({.learning_rate = 0.01}).to(in[0].device()));
       return add(weight, velocity);
     }},
    {"matmul", [](const Inputs& in) { return small(matmul(in[0], in[1], {.transpose_b = true})); }},
    {"matmul, transposed and added",
     [](const Inputs& in) {
       const Tensor square = small(matmul(in[0], in[1], {.transpose_b = true}));
       return matmul(square, in[1], {.transpose_a = true, .accumulate_into = in[0].clone()});
     }},
    {"matmul, broadcast batches",
     [](const Inputs& in) {
       const Tensor left = in[0].reshape({1, in[0].dim(0), 1, in[0].dim(1)});
       const Tensor right = repeat_axis(in[1].reshape({1, 1, -1, in[1].dim(1)}), 0, 2);
       return small(matmul(left, right.reshape({2, 1, -1, in[1].dim(1)}), {.transpose_b = true}));
     }},
};

void expect_agreement(const std::vector<NamedOp>& ops, std::int64_t rows, std::int64_t width) {
  expect_gpu_agrees(ops, {normal({rows, width}, 1), normal({rows, width}, 2)});
}

}  // namespace

TEST_CASE("rows and sums: the GPU agrees with the CPU at awkward sizes", "[gpu]") {
  if (!gpu_is_there()) return;
  for (const std::int64_t rows : {1, 7})
    for (const std::int64_t width : {1, 31, 32, 33, 1000, 1300}) {
      expect_agreement(ops_on_rows, rows, width);
      expect_agreement(sums, rows, width);
      expect_agreement(ops_without_shared_memory, rows, width);
    }
  expect_agreement(sums, 1000, 70);  // many shares, whose sums are added in a second launch
}

TEST_CASE("rows and sums: a result lies where the inputs lie, whatever the default is", "[gpu]") {
  if (!gpu_is_there()) return;
  const Device gpu{Device::Kind::cuda};
  for (const auto& [here, elsewhere] : {std::pair{gpu, cpu}, std::pair{cpu, gpu}}) {
    const Inputs inputs{normal({7, 5000}, 1).to(here), normal({7, 5000}, 2).to(here)};
    const OnDevice scope(elsewhere);
    for (const std::vector<NamedOp>& ops : {ops_on_rows, sums, ops_without_shared_memory})
      for (const NamedOp& op : ops) {
        INFO(op.name << " on " << here << " while " << elsewhere << " is the default");
        CHECK(op.apply(inputs).device() == here);
      }
  }
}

TEST_CASE("rows and sums: rows of masked scores alone", "[gpu]") {
  if (!gpu_is_there()) return;
  const float none = -std::numeric_limits<float>::infinity();
  for (const std::int64_t width : {3, 1300})
    expect_gpu_agrees({{"softmax", [](const Inputs& in) { return softmax(in[0]); }},
                       {"argmax", [](const Inputs& in) { return argmax(in[0]); }}},
                      {full({2, width}, none)});
}

TEST_CASE("rows and sums: tiny launches for the race detector", "[race]") {
  if (!gpu_is_there()) return;
  expect_agreement(ops_on_rows, 2, 40);                    // a warp for each row
  expect_agreement(ops_on_rows, 1, 1030);                  // a block
  expect_agreement(sums, 70, 3);                           // two shares of rows
  expect_agreement({sums.front(), sums.back()}, 1, 4100);  // two shares of numbers
}
