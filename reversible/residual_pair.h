#pragma once

#include <functional>
#include <vector>

#include "autograd/variable.h"
#include "reversible/residual_stream.h"

namespace lectern {

/// \defgroup residual_pair The residual pair
/// Two streams instead of one; each in turn is given a function of the other:
///
/// \f[ y_1 = x_1 + F(x_2), \qquad y_2 = x_2 + G(y_1) \f]
///
/// Whatever F and G are, the inputs can be calculated from the outputs,
///
/// \f[ x_2 = y_2 - G(y_1), \qquad x_1 = y_1 - F(x_2), \f]
///
/// so that nothing needs to be kept for the backward pass. In a Transformer F is attention and G
/// the feed-forward network, each with its normalisation in front. Source: Gomez et al. 2017, "The
/// Reversible Residual Network", section 3; Kitaev et al. 2020, "Reformer", section 3.
/// @{

/// F or G: a function of one stream, of the parameters that it brings along, and of values that
/// come from `outside` the network, such as an encoder's output, which cross-attention reads.
///
/// It runs twice, once recording nothing, and must do the same both times: dropout does, since its
/// masks are functions of a key (so `train()` is not called in between); what is chosen by
/// comparing numbers goes through decide_once (autograd/replay.h). A Variable that is no parameter
/// and needs a gradient must come from `outside`, not be captured: the record returns the gradients
/// of what it was given. What it captures must live until the backward pass.
using StreamFunction =
    std::function<Variable(const Variable& x, const std::vector<Variable>& outside)>;

/// Half of a pair, in one pass through the network: `target += f(source)`, and the way back.
class ResidualHalf {
 public:
  explicit ResidualHalf(StreamFunction function) : function_(std::move(function)) {}

  /// target += f(source), recording nothing.
  void forward(ResidualStream& target, const ResidualStream& source,
               const std::vector<Variable>& outside);
  /// target −= f(source), which undoes forward.
  void inverse(ResidualStream& target, const ResidualStream& source,
               const std::vector<Variable>& outside);
  /// Undoes forward and differentiates, with one run of f: the parameters' gradients, and those of
  /// the leaves in `outside`, grow, and source.gradient grows by target.gradient · ∂f/∂source.
  /// Cost: forward and backward of f.
  void backward(ResidualStream& target, ResidualStream& source,
                const std::vector<Variable>& outside);

 private:
  Variable run(const Variable& x, const std::vector<Variable>& outside);

  StreamFunction function_;
  std::vector<Tensor> decisions_;  // what f decided when it ran first
};
/// @}

}  // namespace lectern
