#include "models/output_layer.h"

#include "autograd/ops/concatenate.h"
#include "autograd/ops/linear_cross_entropy.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/permute.h"

namespace lectern {

OutputLayer::OutputLayer(std::int64_t d_model, std::int64_t vocab, Initializer& init)
    : tied_(false),
      weight_(Variable::parameter(init.xavier_uniform(d_model, vocab))),
      bias_(Variable::parameter(init.constant({vocab}, 0.0))) {}

OutputLayer::OutputLayer(const Variable& embedding, Initializer& init)
    : tied_(true),
      weight_(embedding),
      bias_(Variable::parameter(init.constant({embedding.dim(0)}, 0.0))) {}

OutputLayer make_output(bool tied, const Embedding& embedding, Initializer& init) {
  const Variable& weight = embedding.weight();  // [vocab, d_model]
  return tied ? OutputLayer(weight, init) : OutputLayer(weight.dim(1), weight.dim(0), init);
}

Variable OutputLayer::operator()(const Variable& x) const {
  if (packed_.defined()) return Variable(matmul(x.value(), packed_, {.bias = bias_.value()}));
  const PartAtWork at_work(*this);
  return linear(x, weight_, bias_, {.transpose_b = tied_});
}

Variable OutputLayer::cross_entropy(const Variable& x, const Tensor& targets,
                                    const CrossEntropyOptions& options) const {
  const PartAtWork at_work(*this);
  return linear_cross_entropy(x, weight_, bias_, targets, options, {.transpose_b = tied_});
}

void OutputLayer::set_mode(const Mode& mode) {
  packed_ = mode.inference ? pack(weight_.value(), {.transpose_b = tied_}) : PackedMatrix{};
}

Variable last_of(const Variable& x) {
  const std::int64_t n = x.dim(1);
  const Variable last = n == 1 ? x : slice(x, 1, n - 1, n);
  return reshape(last, {x.dim(0), x.dim(2)});
}

void OutputLayer::visit(Visitor& visitor) {
  visitor("weight", weight_);
  visitor("bias", bias_);
}

}  // namespace lectern
