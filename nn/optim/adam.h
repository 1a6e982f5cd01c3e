#pragma once

#include "nn/optim/optimizer.h"

namespace lectern {

/// Adam (Kingma and Ba 2015, algorithm 1) and AdamW (Loshchilov and Hutter 2019, algorithm 2).
///
/// \f[ m \leftarrow \beta_1 m + (1-\beta_1)\,g, \qquad
///     v \leftarrow \beta_2 v + (1-\beta_2)\,g^2, \qquad
///     w \leftarrow w - \eta\,\frac{m / (1-\beta_1^t)}{\sqrt{v / (1-\beta_2^t)} + \epsilon} \f]
///
/// The step t is the run's, one number for all parameters. PyTorch counts for each parameter the
/// steps in which it had a gradient: a parameter that is left out for a while is corrected there as if
/// it were younger. Where every parameter has a gradient in every step the two are the same.
///
/// Weight decay is decoupled (AdamW: \f$ w \leftarrow (1-\eta\lambda)\,w \f$ first) or added to the
/// gradient (Adam with L2). Vectors, that is biases and norms, are decayed only where
/// `decay_vectors` says so, as PyTorch does unless told otherwise.
/// Cost: one pass over 7 floats a parameter; two more floats a parameter are kept.
class Adam : public Optimizer {
 public:
  struct Options {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0.0;
    bool decoupled_weight_decay = false;
    bool decay_vectors = false;
  };
  Adam(std::vector<NamedParameter> parameters, const Options& options);

  void update_parameters() override;
  void visit_state(const StateVisitor& visitor) override;
  void complete(StepNumbers& numbers) const override;

 private:
  struct Moments {
    Tensor first, second;
  };
  Options options_;
  std::vector<Moments> moments_;
};

}  // namespace lectern
