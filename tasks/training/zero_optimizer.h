#pragma once

#include <functional>
#include <memory>

#include "nn/optim/optimizer.h"
#include "tasks/training/parameter_row.h"
#include "tensor/collective.h"

namespace lectern {

/// An optimiser that shares out among ranks what it remembers: ZeRO, stage 1. The parameters in a row
/// are cut into as many equal parts as there are ranks; each rank remembers and steps its own part,
/// and then the ranks tell each other their weights.
///
///     parameters    | embedding           | w1       | b1 | w2      |
///     ranks         | 0         | 1         | 2         | 3         |
///
/// The bits are those of the optimiser that is shared out: a step is a formula of every number by
/// itself. Its state is offered as a whole, so that a checkpoint does not know how it was shared.
///
/// Memory with n ranks: 1/n of the state; for a moment the weights once more, while they travel.
/// Cost of a step: log₂ n messages and (n−1)/n of the weights sent by each, beside twice as much for
/// the gradients. (DeepSpeed sends the gradients only to whoever steps them, a third less in all; here
/// every rank measures their norm, in the order in which one process does.)
/// Rajbhandari, Rasley, Ruwase, He 2020, "ZeRO", section 5.1; PyTorch's ZeroRedundancyOptimizer.
class ZeroOptimizer : public Optimizer {
 public:
  using Make = std::function<std::unique_ptr<Optimizer>(std::vector<NamedParameter>)>;
  /// \param make  what is shared out
  ZeroOptimizer(std::vector<NamedParameter> parameters, ProcessGroup& group, const Make& make);

  void update_parameters() override;
  /// All ranks together. Each state passes whole, in the memory of the parameters' device, and is
  /// forgotten again unless `visitor` keeps it.
  void visit_state(const StateVisitor& visitor) override;
  void complete(StepNumbers& numbers) const override;

 private:
  struct Range {
    std::int64_t begin, end;
  };
  Range range(std::size_t parameter, int rank) const;
  Tensor own_part(const Tensor& whole, std::size_t parameter) const;
  void tell_weights();

  ProcessGroup& group_;
  ParameterRow row_;
  std::vector<std::size_t> parts_;      // of the row: where each rank's begins, and the end
  std::vector<NamedParameter> shares_;  // what own_ steps: of every parameter this rank's numbers
  std::unique_ptr<Optimizer> own_;
};

}  // namespace lectern
