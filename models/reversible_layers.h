#pragma once

#include <vector>

#include "attention/mask.h"
#include "models/residual.h"
#include "reversible/stack.h"

namespace lectern {

/// A reversible network: both streams begin as x, and their mean goes on, so that what follows is
/// as wide as in an ordinary network and can share the embedding's table. (trax does so in its
/// encoder-decoder; its language model puts the streams side by side.)
/// \param functions  the sublayers of all layers, in order
/// \param x          `[..., d_model]`
/// \return           `[..., d_model]`
Variable run_reversibly(const StreamFunctions& functions, const Variable& x,
                        const std::vector<Variable>& outside = {});

/// The sublayers of all layers, in order.
template <class Layer>
StreamFunctions stream_functions(const std::vector<Layer>& layers, const Mask& mask) {
  StreamFunctions functions;
  for (const Layer& layer : layers) functions = layer(functions, mask);
  return functions;
}

/// What a stack makes of x while nothing has to be undone: of one sum, or of the two of a
/// reversible network.
/// \param run  `run(i, sums)`: layer i
template <class RunLayer>
Variable run_layers(std::size_t count, bool reversible, const Variable& x, const RunLayer& run) {
  const auto through = [&](auto sums) {
    for (std::size_t i = 0; i < count; ++i) sums = run(i, sums);
    return sums;
  };
  return reversible ? through(StreamPair::of(x)).mean() : through(x);
}

}  // namespace lectern
