// The bridge: what NumPy and PyTorch call it, and what it is called here. Every
// pair of lines becomes a row of the page; what each gives is printed.
#include <cstdio>
#include <iostream>

#include "lectern.h"

using namespace lectern;

namespace {

/// Prints what a line gives: its shape and its numbers.
void show(const Tensor& x) {
  std::cout << x.shape();
  for (const double number : cast(x, DType::f64).to_vector<double>())
    std::printf(" %.4g", number), std::fflush(stdout);
  std::cout << std::endl;
}
void show(const Variable& x) { show(x.value()); }

void tensors() {
  std::cout << "== Tensors ==" << std::endl;
  // [tensors]
  // torch: torch.tensor([[1., 2.], [3., 4.]]) | tensor/create.h
  show(matrix({{1, 2}, {3, 4}}));

  // torch: torch.tensor([1., 2., 3.]) | tensor/create.h
  show(vector({1, 2, 3}));

  // torch: torch.tensor([3, 1, 2], dtype=torch.int32) | tensor/create.h
  show(ids({3, 1, 2}));

  // torch: torch.ones(2, 3) | tensor/create.h
  show(ones({2, 3}));

  // torch: torch.arange(4.) | tensor/create.h
  show(arange(4));

  // torch: torch.linspace(0, 1, 5) | tensor/create.h
  show(linspace(0, 1, 5));

  // torch: torch.eye(2) | tensor/create.h
  show(identity(2));

  // torch: F.one_hot(torch.tensor([1, 0]), 3) | tensor/create.h
  show(one_hot(ids({1, 0}), 3));

  // [tensors]
}

const Tensor x = matrix({{1, 2, 3}, {4, 5, 6}});  // [row, column]

void looking() {
  std::cout << "== Looking ==" << std::endl;
  // [looking]
  // torch: x.reshape(3, 2) | tensor/tensor.h
  show(x.reshape({3, 2}));

  // torch: x.T | tensor/ops/permute.h
  show(transpose(x));

  // torch: x.permute(1, 0) | tensor/ops/permute.h
  show(permute(x, {1, 0}));

  // torch: x[1] | tensor/ops/concatenate.h
  show(select(x, 0, 1));

  // torch: x[:, 1] | tensor/ops/concatenate.h
  show(select(x, 1, 1));

  // torch: x[:, 0:2] | tensor/ops/concatenate.h
  show(slice(x, 1, 0, 2));

  // torch: torch.cat([x, x], dim=0) | tensor/ops/concatenate.h
  show(concatenate({x, x}, 0));

  // torch: torch.stack([x[0], x[1]], dim=1) | tensor/ops/concatenate.h
  show(stack({select(x, 0, 0), select(x, 0, 1)}, 1));

  // torch: x[torch.tensor([1, 1])] | tensor/ops/gather.h
  show(gather_rows(x, ids({1, 1})));

  // torch: torch.tensor(x[0, 2].item()) | tensor/tensor.h
  show(vector({x.at({0, 2})}).reshape({}));

  // torch: x.clone() | tensor/tensor.h
  show(x.clone());

  // torch: x.to(torch.float64) | tensor/ops/cast.h
  show(cast(x, DType::f64));

  // [looking]
}

void arithmetic() {
  std::cout << "== Arithmetic ==" << std::endl;
  // [arithmetic]
  // torch: 2 * x + 1 | tensor/ops/arithmetic.h
  show(2 * x + 1);

  // torch: x * x | tensor/ops/arithmetic.h
  show(x * x);

  // torch: x ** 0.5 | tensor/ops/pointwise.h
  show(power(x, 0.5));

  // torch: torch.exp(x) | tensor/ops/pointwise.h
  show(exp(x));

  // torch: F.gelu(x) | tensor/ops/pointwise.h
  show(gelu(x));

  // torch: torch.maximum(x, torch.tensor(3.)) | tensor/ops/compare.h
  show(maximum(x, 3));

  // torch: torch.where(x > 3, x, -x) | tensor/ops/compare.h
  show(where(greater(x, 3), x, -x));

  // torch: x.sum() | tensor/ops/reduce.h
  show(sum(x));

  // torch: x.sum(dim=1) | tensor/ops/reduce.h
  show(sum_axis(x, 1));

  // torch: x.mean(dim=0, keepdim=True) | tensor/ops/reduce.h
  show(mean_axis(x, 0, KeepAxis::yes));

  // torch: x.var(dim=1, correction=0) | tensor/ops/reduce.h
  show(variance_axis(x, 1));

  // torch: x.max(dim=1).values | tensor/ops/reduce.h
  show(max_axis(x, 1));

  // torch: x.argmax(dim=-1) | tensor/ops/reduce.h
  show(argmax(x));

  // torch: x @ x.T | tensor/ops/matmul.h
  show(matmul(x, transpose(x)));

  // torch: torch.outer(x[0], x[1]) | tensor/ops/matmul.h
  show(outer(select(x, 0, 0), select(x, 0, 1)));

  // torch: torch.softmax(x, dim=-1) | tensor/ops/softmax.h
  show(softmax(x));

  // torch: torch.topk(x, 2).values | tensor/ops/top_k.h
  show(top_k(x, 2).values);

  // [arithmetic]
}

void gradients() {
  std::cout << "== Gradients ==" << std::endl;
  // [gradients]
  // torch: w = torch.tensor([1., 2.], requires_grad=True) | autograd/variable.h
  const Variable w = Variable::parameter(vector({1, 2}));

  // torch: loss = (w * w).sum() | autograd/ops/arithmetic.h
  const Variable loss = sum(w * w);

  // torch: loss.backward() | autograd/variable.h
  backward(loss);

  // torch: w.grad | autograd/variable.h
  show(w.gradient());

  // torch: w.detach() | autograd/variable.h
  show(w.detach());

  // torch: with torch.no_grad(): | autograd/variable.h
  const NoGradient no_gradient;

  // [gradients]
}

void layers() {
  std::cout << "== Layers and losses ==" << std::endl;
  const Variable logits(matrix({{1, 2, 3}, {1, 0, 0}}));  // [row, class]
  Initializer init(1);
  // [layers]
  // torch: F.cross_entropy(logits, torch.tensor([2, 0])) | autograd/ops/cross_entropy.h
  show(cross_entropy(logits, ids({2, 0})));

  // torch: F.cross_entropy(logits, torch.tensor([2, 0]), label_smoothing=0.1) | autograd/ops/cross_entropy.h
  show(cross_entropy(logits, ids({2, 0}), {.label_smoothing = 0.1}));

  // torch: F.mse_loss(logits, torch.zeros(2, 3)) | nn/loss.h
  show(squared_error(logits, Variable(zeros({2, 3}))));

  // torch: F.layer_norm(logits, [3]) | autograd/ops/layer_norm.h
  show(layer_norm(logits, Variable(ones({3})), Variable(zeros({3}))));

  // torch: F.scaled_dot_product_attention(logits, logits, logits, is_causal=True) | attention/scaled_dot_product.h
  const Variable batch = reshape(logits, {1, 2, 3});
  show(reshape(attend(batch, batch, batch, {.mask = causal_mask()}), {2, 3}));

  // torch: nn.Linear(3, 4) | nn/linear.h
  Linear linear(3, 4, init);

  // torch: nn.Embedding(10, 4) | nn/embedding.h
  const Embedding embedding(10, 4, init);

  // torch: nn.LayerNorm(4) | nn/layer_norm.h
  const LayerNorm norm(4, init);

  // torch: nn.MultiheadAttention(8, 2) | attention/multi_head.h
  const MultiHeadAttention attention({.d_model = 8, .heads = 2}, init);

  // torch: sum(p.numel() for p in linear.parameters()) | nn/module.h
  show(vector({static_cast<double>(parameter_count(linear))}).reshape({}));

  // [layers]
}

void training() {
  std::cout << "== A step of training ==" << std::endl;
  Initializer init(1);
  Linear model(3, 2, init);
  const Variable inputs(x);
  const Tensor classes = ids({1, 0});
  // [training]
  // torch: optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98)) | nn/optim/adam.h
  Adam optimizer(parameters(model), {.beta2 = 0.98});

  // torch: loss = F.cross_entropy(model(inputs), classes) | autograd/ops/cross_entropy.h
  const Variable loss = cross_entropy(model(inputs), classes);

  // torch: optimizer.zero_grad(); loss.backward(); optimizer.step() | nn/optim/optimizer.h
  minimise(loss, optimizer, 0.001);

  // torch: torch.manual_seed(1) | nn/init.h
  Initializer seeded(1);

  // torch: torch.save(model.state_dict(), "model.pt") | nn/save.h
  save(model, "model.safetensors");

  // torch: model.load_state_dict(torch.load("model.pt")) | nn/save.h
  load(model, "model.safetensors");

  // torch: model.eval() | nn/module.h
  evaluate(model);

  // [training]
  std::cout << "the loss falls: "
            << (cross_entropy(model(inputs), classes).value().item() <
                        loss.value().item()
                    ? "yes"
                    : "no")
            << std::endl;
}

}  // namespace

int main() {
  tensors();
  looking();
  arithmetic();
  gradients();
  layers();
  training();
}
