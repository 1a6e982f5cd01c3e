#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nn/module.h"
#include "tensor/ops/step_numbers.h"

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
  explicit Optimizer(std::vector<NamedParameter> parameters);
  virtual ~Optimizer() = default;

  /// One update of every parameter that has a gradient. Throws when none has one.
  void step(const Update& update, Where where = Where::current());
  /// The first half, on the host: counts the step and copies its numbers to the parameters' device.
  void begin_step(const Update& update);
  /// The second half, on the device alone, with the numbers that lie there: what comes between the
  /// halves may change them (limit_gradients).
  virtual void update_parameters() = 0;
  /// Adds what an optimiser of this kind needs to know of the present step: begin_step asks.
  virtual void complete(StepNumbers&) const {}
  Tensor& numbers() { return numbers_; }

  void zero_gradients();
  const std::vector<NamedParameter>& parameters() const { return parameters_; }

  /// A tensor that the optimiser remembers between steps, under a name for the checkpoint.
  using StateVisitor = std::function<void(const std::string& name, Tensor& state)>;
  virtual void visit_state(const StateVisitor& visitor) = 0;
  /// How many steps have been taken (Adam's bias correction needs it).
  std::int64_t steps_taken() const { return steps_taken_; }
  void set_steps_taken(std::int64_t steps) { steps_taken_ = steps; }

 protected:
  std::vector<NamedParameter> parameters_;
  std::int64_t steps_taken_ = 0;
  Tensor numbers_;  // StepNumbers, on the parameters' device
};

/// One step of training: clears the gradients, runs backward from the loss, and has the optimiser
/// change its parameters along them.
///
/// Throws when the loss depends on a parameter that the optimiser does not change: a part that a
/// visit() forgets would stay as it was drawn, without a word. What shall stay, detach().
void minimise(const Variable& loss, Optimizer& optimizer, double learning_rate,
              Where where = Where::current());

}  // namespace lectern
