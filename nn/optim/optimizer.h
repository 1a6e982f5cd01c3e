#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nn/module.h"

namespace lectern {

/// What one update is done with.
struct Update {
  double learning_rate = 1e-3;
  /// Every gradient is multiplied by this first: 1/number of accumulated batches, times the factor
  /// of clip_factor(). The gradients themselves stay as they are.
  double gradient_scale = 1.0;
};

/// Changes parameters along their gradients.
class Optimizer {
 public:
  explicit Optimizer(std::vector<NamedParameter> parameters) : parameters_(std::move(parameters)) {}
  virtual ~Optimizer() = default;

  /// One update of every parameter that has a gradient.
  virtual void step(const Update& update) = 0;
  void zero_gradients();

  /// A tensor that the optimiser remembers between steps, under a name for the checkpoint.
  using StateVisitor = std::function<void(const std::string& name, Tensor& state)>;
  virtual void visit_state(const StateVisitor& visitor) = 0;
  /// How many steps have been taken (Adam's bias correction needs it).
  std::int64_t steps_taken() const { return steps_taken_; }
  void set_steps_taken(std::int64_t steps) { steps_taken_ = steps; }

 protected:
  std::vector<NamedParameter> parameters_;
  std::int64_t steps_taken_ = 0;
};

}  // namespace lectern
