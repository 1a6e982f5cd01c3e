#pragma once

#include <cstdint>
#include <memory>

#include "nn/optim/optimizer.h"
#include "tasks/config/config.h"
#include "tasks/training/checkpoint.h"
#include "tasks/training/task.h"

namespace lectern {

/// What a training step costs, forward, backward and update, and a forward pass alone.
struct StepCost {
  double step = 0.0;       ///< [seconds], a median
  double attention = 0.0;  ///< of it inside MultiHeadAttention, projections included [seconds]
  double forward = 0.0;    ///< of a batch without gradients, by weights as they are used [seconds]
  std::int64_t peak = 0;   ///< most at once beside weights and optimiser, a step [bytes]
  std::int64_t operations = 0;          ///< multiplications and additions of a step's products
  std::int64_t forward_operations = 0;  ///< of the forward pass
  std::int64_t counted_forward = 0;     ///< the same by formulas; 0: there are none for this model
  std::int64_t parameters = 0;
  std::int64_t batches = 0;                                             ///< of an epoch
  double epoch() const { return step * static_cast<double>(batches); }  ///< [seconds]
  double attention_share() const { return step > 0 ? attention / step : 0.0; }
};

/// Measures the steps of one trained model. Several are measured in turn, a round each, so that what
/// slows the machine down for a while slows all of them.
class StepMeter {
 public:
  /// \throws Failure (checkpoint) where the weights do not fit the configuration
  StepMeter(const Config& config, const Checkpoint& trained);
  ~StepMeter();
  StepMeter(StepMeter&&) noexcept;

  /// A few steps, on batches from all over the epoch at which the training ended (a curriculum is over
  /// by then), the same ones in every round. The weights change, as they do in training, in this object
  /// alone.
  void round();
  StepCost cost() const;

 private:
  struct Measured;
  std::unique_ptr<Measured> measured_;
};

}  // namespace lectern
