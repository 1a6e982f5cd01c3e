#pragma once

#include "nn/optim/optimizer.h"

namespace lectern {

/// Stochastic gradient descent with momentum (Polyak 1964; PyTorch's form):
///
/// \f[ u \leftarrow \mu u + g, \qquad w \leftarrow w - \eta\, u \f]
class Sgd : public Optimizer {
 public:
  struct Options {
    double momentum = 0.0;
    double weight_decay = 0.0;  ///< λ w is added to the gradient of matrices
  };
  Sgd(std::vector<NamedParameter> parameters, const Options& options);

  void update_parameters() override;
  void visit_state(const StateVisitor& visitor) override;

 private:
  Options options_;
  std::vector<Tensor> velocities_;
};

}  // namespace lectern
