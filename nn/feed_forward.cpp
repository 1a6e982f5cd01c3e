#include "nn/feed_forward.h"

#include "autograd/ops/pointwise.h"

namespace lectern {

namespace {

/// dropout(activation(x))
Variable activate(Activation activation, const Variable& x, const Dropout& dropout) {
  switch (activation) {
    case Activation::relu: return dropout.relu(x);
    case Activation::gelu: return dropout(gelu(x));
    case Activation::gelu_tanh: return dropout(gelu_tanh(x));
    case Activation::silu: return dropout(silu(x));
  }
  fail("this is no activation");
}

}  // namespace

FeedForward::FeedForward(const Options& options, Initializer& init)
    : activation_(options.activation),
      linear1_(options.d_model, options.d_ff, init),
      dropout_(options.dropout),
      linear2_(options.d_ff, options.d_model, init) {}

Variable FeedForward::operator()(const Variable& x, std::int64_t first_row, Where where) const {
  const PartAtWork at_work(*this);
  const Variable before = linear1_(x, where);  // [..., d_ff]
  const Dropout dropout = dropout_.from(first_row * before.dim(-1));
  return linear2_(activate(activation_, before, dropout));  // [..., d_model]
}

void FeedForward::visit(Visitor& visitor) {
  visitor("linear1", linear1_);
  visitor("dropout", dropout_);
  visitor("linear2", linear2_);
}

}  // namespace lectern
