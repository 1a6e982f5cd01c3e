#pragma once

#include <utility>
#include <vector>

#include "attention/mask.h"
#include "autograd/ops/arithmetic.h"
#include "models/residual.h"
#include "reversible/stack.h"

namespace lectern {

/// The two streams of a reversible network while one token after another is read: nothing has to be
/// undone, so they are ordinary sums.
class StreamPair {
 public:
  /// Both streams begin as the same embedding.
  explicit StreamPair(const Variable& x) : target_(x), source_(x) {}

  /// Adds a sublayer of one stream to the other; then they change places.
  template <class Sublayer>
  void add(const Residual& residual, const Sublayer& sublayer) {
    target_ = lectern::add(target_, residual.amount(source_, sublayer));
    std::swap(target_, source_);
  }

  Variable mean() const { return scale(lectern::add(target_, source_), 0.5); }

 private:
  Variable target_, source_;
};

/// A reversible network: both streams begin as x, and their mean goes on, so that what follows is
/// as wide as in an ordinary network and can share the embedding's table. (trax does so in its
/// encoder-decoder; its language model puts the streams side by side.)
/// \param functions  the sublayers of all layers, in order
/// \param x          `[..., d_model]`
/// \return           `[..., d_model]`
Variable run_reversibly(const std::vector<StreamFunction>& functions, const Variable& x,
                        const std::vector<Variable>& outside = {});

/// The sublayers of all layers, in order.
template <class Layer>
std::vector<StreamFunction> stream_functions(const std::vector<Layer>& layers, const Mask& mask) {
  std::vector<StreamFunction> functions;
  for (const Layer& layer : layers)
    for (StreamFunction& function : layer.stream_functions(mask))
      functions.push_back(std::move(function));
  return functions;
}

}  // namespace lectern
