#pragma once

#include <deque>

#include "attention/multi_head.h"
#include "nn/feed_forward.h"
#include "nn/layer_norm.h"
#include "reversible/stack.h"
#include "tests/tensor/helpers.h"

namespace lectern {

/// The functions of a small reversible Transformer encoder: attention and a feed-forward network,
/// each with its normalisation in front and dropout behind.
class SmallNetwork : public Module {
 public:
  struct Options {
    int layers = 2;
    std::int64_t d_model = 8, d_ff = 16;
    int heads = 2;
    double dropout = 0;
  };
  SmallNetwork(const Options& options, Initializer& init) {
    for (int i = 0; i < options.layers; ++i) layers_.emplace_back(options, init);
  }

  std::vector<StreamFunction> functions() const {
    std::vector<StreamFunction> functions;
    for (const Layer& layer : layers_) {
      functions.push_back([&layer](const Variable& x, const std::vector<Variable>&) {
        const Variable y = layer.norm1(x);
        return layer.dropout1(layer.attention(y, y, causal_mask()));
      });
      functions.push_back([&layer](const Variable& x, const std::vector<Variable>&) {
        return layer.dropout2(layer.feed_forward(layer.norm2(x)));
      });
    }
    return functions;
  }

  void visit(Visitor& visitor) override {
    for (Layer& layer : layers_) {
      visitor("norm1", layer.norm1);
      visitor("attention", layer.attention);
      visitor("dropout1", layer.dropout1);
      visitor("norm2", layer.norm2);
      visitor("feed_forward", layer.feed_forward);
      visitor("dropout2", layer.dropout2);
    }
  }

 private:
  struct Layer {
    Layer(const Options& options, Initializer& init)
        : norm1(options.d_model, init),
          attention(
              {.d_model = options.d_model, .heads = options.heads, .dropout = options.dropout},
              init),
          norm2(options.d_model, init),
          feed_forward(
              {.d_model = options.d_model, .d_ff = options.d_ff, .dropout = options.dropout}, init),
          dropout1(options.dropout),
          dropout2(options.dropout) {}
    LayerNorm norm1;
    MultiHeadAttention attention;
    LayerNorm norm2;
    FeedForward feed_forward;
    Dropout dropout1, dropout2;
  };
  std::deque<Layer> layers_;  // functions refer to them
};

/// The gradients of a module's parameters, which are cleared.
inline std::vector<Tensor> take_gradients(Module& module) {
  std::vector<Tensor> gradients;
  for (NamedParameter& parameter : parameters(module)) {
    gradients.push_back(parameter.variable.gradient().clone());
    parameter.variable.zero_gradient();
  }
  return gradients;
}

}  // namespace lectern
