#include "nn/feed_forward.h"

#include "autograd/ops/activation.h"

namespace lectern {

FeedForward::FeedForward(const Options& options, Initializer& init)
    : activation_(options.activation),
      linear1_(options.d_model, options.d_ff, init),
      dropout_(options.dropout),
      linear2_(options.d_ff, options.d_model, init) {}

Variable FeedForward::operator()(const Variable& x, std::int64_t first_row) const {
  const Variable before = linear1_(x);  // [..., d_ff]
  const Dropout dropout = dropout_.from(first_row * before.dim(-1));
  const Variable hidden =
      activation_ == Activation::relu ? dropout.relu(before) : dropout(gelu(before));
  return linear2_(hidden);  // [..., d_model]
}

void FeedForward::visit(Visitor& visitor) {
  visitor("linear1", linear1_);
  visitor("dropout", dropout_);
  visitor("linear2", linear2_);
}

}  // namespace lectern
