#include "attention/scaled_dot_product.h"
#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/gather.h"
#include "autograd/ops/layer_norm.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/permute.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/softmax.h"
#include "tests/reference.h"

// Single ops against PyTorch, values and gradients, in double precision. Here, on the floor of the
// models, since attention is among them.

using namespace lectern;

namespace {

const Reference& reference() {
  static const Reference stored("ops_reference");
  return stored;
}

using Op = std::function<Variable(const std::vector<Variable>&)>;

/// Checks the output of `op`, and the gradient of each input, by their names in the file.
void expect_same(const std::string& name, const std::vector<std::string>& inputs, const Op& op,
                 const std::string& output = "y") {
  INFO(name);
  std::vector<Variable> variables;
  for (const std::string& input : inputs)
    variables.push_back(Variable::parameter(reference()[name + "/" + input]));
  const Variable y = op(variables);
  backward(y, reference()[name + "/d" + output]);
  expect_close(output, y.value(), reference()[name + "/" + output], f64_tolerance);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    expect_close("d" + inputs[i], variables[i].gradient(), reference()[name + "/d" + inputs[i]],
                 f64_tolerance);
}

using Inputs = const std::vector<Variable>&;

}  // namespace

TEST_CASE("like PyTorch: softmax, its logarithm, gelu and layer_norm") {
  expect_same("softmax", {"x"}, [](Inputs in) { return softmax(in[0]); });
  expect_same("log_softmax", {"x"}, [](Inputs in) { return log_softmax(in[0]); });
  expect_same("gelu", {"x"}, [](Inputs in) { return gelu(in[0]); });
  expect_same("layer_norm", {"x", "weight", "bias"},
              [](Inputs in) { return layer_norm(in[0], in[1], in[2], 1e-5); });
}

TEST_CASE("like PyTorch: embedding with repeated ids") {
  expect_same("embedding", {"weight"},
              [](Inputs in) { return embedding(in[0], reference()["embedding/indices"]); });
}

TEST_CASE("like PyTorch: cross entropy with padding, plain and smoothed") {
  const auto loss = [](const std::string& name, double smoothing) {
    const Op op = [&](Inputs in) {
      return cross_entropy(in[0], reference()[name + "/targets"],
                           {.label_smoothing = smoothing, .ignore = 0});
    };
    expect_same(name, {"logits"}, op, "loss");
  };
  loss("cross_entropy", 0.0);
  loss("cross_entropy_smoothed", 0.1);
}

TEST_CASE("like PyTorch: attention, whose heads stand on an axis of their own there") {
  for (const std::string kind :
       {"plain", "causal", "padding", "causal_padding", "cross", "cross_padding"}) {
    const std::string name = "attention/" + kind;
    Mask mask{.causal = kind.starts_with("causal")};
    if (kind.ends_with("padding")) mask.key_lengths = reference()[name + "/lengths"];
    for (const auto attend_as : {attend_by_definition, static_cast<decltype(&attend)>(attend)})
      expect_same(name, {"q", "k", "v"}, [&](Inputs in) {
        const Variable y = attend_as(merge_heads(in[0]), merge_heads(in[1]), merge_heads(in[2]),
                                     {.heads = 2, .mask = mask});
        return split_heads(y, 2);
      });
  }
}

TEST_CASE("like PyTorch: matrix products, transposed and broadcast") {
  const auto product = [](const std::string& kind, MatmulTranspose transpose) {
    expect_same(
        "matmul/" + kind, {"a", "b"}, [&](Inputs in) { return matmul(in[0], in[1], transpose); },
        "c");
  };
  product("nn", {});
  product("nt", {.transpose_b = true});
  product("tn", {.transpose_a = true});
  product("tt", {.transpose_a = true, .transpose_b = true});
  for (const std::string kind : {"batched", "broadcast_right", "broadcast_left", "broadcast_both"})
    product(kind, {});
}
